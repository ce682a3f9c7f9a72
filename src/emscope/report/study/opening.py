"""How a study's page begins: what was studied, and the answer before the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from emscope.report.remarks import Remark
from emscope.report.study.answers import Study
from emscope.report.study.markup import advice, badge, doubts, paragraph
from emscope.report.study.private import NOTE
from emscope.report.tables import sizes
from emscope.scene.colors import by_number, contrast
from emscope.scene.paint import STYLES, paints
from emscope.wording import as_html, counted, one_line

_MOST_NAMES = 8
_INKS = ("#ffffff", "#000000")


def title_of(study: Study) -> str:
    """Return what a study is called: the file without the folders that it is in."""
    return one_line(PurePath(study.run.name).name)


def opening(study: Study) -> Iterator[str]:
    """Yield the title and the answer."""
    title = title_of(study)
    private = paragraph(NOTE, "facts") if study.run.trace.private else ""
    yield f"<header><h1>{as_html(title)}</h1>{paragraph(_subject(study), 'facts')}{private}</header>"
    parts = (
        _remarks(study, study.about_rows),
        paragraph(study.choice.headline, "verdict" if study.is_sure else "verdict doubt"),
        paragraph(study.choice.remarks, "facts"),
        doubts(study.scene.doubts) + _remarks(study, study.about_features),
        _clusters(study),
        *(paragraph(answer.sentence) for answer in (study.stability, study.rows) if answer is not None),
    )
    inner = "\n".join(part for part in parts if part)
    yield f'<section aria-label="The answer">\n{inner}\n</section>'


def _remarks(study: Study, remarks: Sequence[Remark]) -> str:
    """Return what is to be mended first, each with the command that tries it."""
    return "\n".join(advice(remark.sentence, study.asked.trying(remark)) for remark in remarks)


def _subject(study: Study) -> str:
    trace, table = study.run.trace, study.run.table
    names = ", ".join(one_line(name, 30) for name in trace.feature_names[:_MOST_NAMES])
    more = ", …" if len(trace.feature_names) > _MOST_NAMES else ""
    scale = "" if table.preparation.scale is None else ", each measured in its standard deviations"
    return (
        f"A study by {trace.card.title} of {counted(len(table.kept), 'row')} and "
        f"{counted(len(trace.feature_names), 'feature')}{scale}: {names}{more}."
    )


def _clusters(study: Study) -> str:
    """Return a sentence for every cluster, beside its color, size and share."""
    looks = paints(by_number(study.k).hexes, STYLES["light"])
    sentences = _sizes(study) if study.profile is None else study.profile.sentences
    items = []
    for j, (paint, sentence) in enumerate(zip(looks, sentences, strict=True)):
        ink = max(_INKS, key=lambda ink: contrast(ink, paint.fill))
        mark = badge(str(j), paint.fill, paint.rim, ink)
        items.append(f"<li>{mark}<div>{as_html(sentence[:1].upper() + sentence[1:])}</div></li>")
    return f'<ul class="clusters" aria-label="The clusters">{"".join(items)}</ul>'


def _sizes(study: Study) -> list[str]:
    labels = study.run.labels
    if labels is None:
        return [f"cluster {j}." for j in range(study.k)]
    rows = sizes(labels, study.k)
    return [f"cluster {j}: {counted(int(count), 'row')}." for j, count in enumerate(rows)]
