"""Tables written as people and programs write them, with what is truly in them (hypothesis)."""

import bz2
import gzip
import io
import random
import zipfile
from dataclasses import dataclass, field

import pyarrow as pa
from hypothesis import strategies as st

NAN = float("nan")
LOCALES = [
    (".", ""),
    (".", ","),
    (".", "'"),
    (".", " "),
    (",", ""),
    (",", "."),
    (",", " "),
    (",", "\u202f"),
    (",", "\xa0"),
    (".", "_"),
]
NAMES = ["Preis", "width", "Höhe", "m 2", "rate_%", "Q1", "x", "Umsatz gesamt", "total", "a.b"]
MISSING = ["", "NA", "-", "n/a", "NaN", "?"]
WORDS = ["n.v.", "missing", "#DIV/0!", "–", "<LOD", "ERR"]
TITLES = ["Monthly report", "Erstellt am 3. Mai", "Source: Bureau of Statistics", "Station 7"]
SEEDS = st.integers(0, 2**32 - 1)
FOOTERS = ["Source: Bureau of Statistics", "(12 rows)", "* preliminary", "End of report"]


@dataclass
class Written:
    """A file, what is in it, and how to read it."""

    content: bytes
    file_name: str
    names: list
    columns: list
    n_rows: int
    options: dict
    for_pandas: dict | None = None
    text: str = field(default="", repr=False)

    @property
    def complete(self):
        """The rows that have a value in every column of numbers."""
        rows = zip(*self.columns, strict=True)
        return [list(row) for row in rows if all(value == value for value in row)]


def grouped(digits, mark):
    parts = []
    while len(digits) > 3:
        digits, part = digits[:-3], digits[-3:]
        parts.insert(0, part)
    return mark.join([digits, *parts])


def spelled(sign, whole, fraction, decimal, thousands, negative):
    text = grouped(str(whole), thousands) if thousands else str(whole)
    text += decimal + fraction if fraction else ""
    if sign:
        return {"-": "-" + text, "−": "−" + text, "()": f"({text})", "end": text + "-"}[negative]
    return text


@st.composite
def number_columns(draw, n, decimal, thousands):
    """A column: its texts, its values, whether pandas can read it, and whether it has words in it."""
    kind = draw(
        st.sampled_from(["count", "large", "amount", "thirds", "money", "percent", "unit", "science", "late"])
    )
    negative = draw(st.sampled_from(["-", "-", "−", "()", "end"]))
    places = {
        "count": 0,
        "large": 0,
        "amount": 2,
        "thirds": 3,
        "money": 2,
        "percent": 1,
        "unit": 1,
        "science": 4,
    }
    most = {"count": 99, "large": 10**7, "amount": 10**5, "thirds": 10**4, "money": 10**6}.get(kind, 999)
    mark = draw(st.sampled_from(["%s €", "€%s", "$ %s", "CHF %s", "%s kr"])) if kind == "money" else "%s"
    mark = {
        "percent": draw(st.sampled_from(["%s %%", "%s%%"])),
        "unit": draw(st.sampled_from(["%s kg", "%s°C", "%s km/h"])),
    }.get(kind, mark)
    signs = draw(st.booleans())
    cells = random.Random(draw(SEEDS))  # far quicker than to draw every digit
    texts, values = [], []
    for i in range(n):
        whole, sign = cells.randint(0, cells.choice([9, most])), signs and cells.random() < 0.25
        fraction = "".join(cells.choices("0123456789", k=places.get(kind, 0)))
        plain = f"{'-' if sign else ''}{whole}.{fraction or '0'}"
        if kind == "late":  # whole numbers, and one with decimals at the end
            fraction = "25" if i == n - 1 else ""
            plain = f"{'-' if sign else ''}{whole}.{fraction or '0'}"
            texts.append(spelled(sign, whole, fraction, decimal, thousands, negative))
            values.append(float(plain))
        elif kind == "science":
            texts.append(f"{whole % 10}{decimal}{fraction}E+0{whole % 7}")
            values.append(float(f"{whole % 10}.{fraction}E+0{whole % 7}"))
        else:
            texts.append(mark % spelled(sign, whole, fraction, decimal, thousands, negative))
            values.append(float(plain))
    can = kind in ("count", "large", "amount", "thirds") and (not signs or negative == "-")
    if n >= 20 and draw(st.integers(0, 3)) == 0:
        row = draw(st.integers(0, n - 1))
        texts[row], values[row], can = draw(st.sampled_from(WORDS)), NAN, False
    elif n > 4 and draw(st.integers(0, 3)) == 0:
        row = draw(st.integers(0, n - 1))
        texts[row], values[row] = draw(st.sampled_from(MISSING)), NAN
    return texts, values, can


def joined(cells, separator, quote_all):
    out = []
    for cell in cells:
        if quote_all or any(one in cell for one in (separator, '"', "\n")):
            cell = '"' + cell.replace('"', '""') + '"'
        out.append(cell)
    return separator.join(out)


@st.composite
def written_tables(draw, plain=False):
    """Draw a table and the file it is written to; ``plain`` without debris and packing."""
    decimal, thousands = draw(st.sampled_from(LOCALES))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    n = draw(st.sampled_from([3, 6, 12, 25, 260]))
    d = draw(st.integers(1, 4))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=d, max_size=d, unique=True))
    drawn = [draw(number_columns(n, decimal, thousands)) for _ in range(d)]
    texts = [column[0] for column in drawn]
    header_cells, n_text = list(names), draw(st.integers(0, 1))
    if n_text:
        header_cells.insert(0, "Ort")
        towns = ["Ulm", "Bad Ems", "São Tomé", "O'Hare", "L, M"]
        texts.insert(0, random.Random(draw(SEEDS)).choices(towns, k=n))
    options = {
        "separator": separator,
        "decimal": decimal,
        "thousands": {"\u202f": " ", "\xa0": " "}.get(thousands, thousands),
    }
    quote_all = draw(st.integers(0, 4)) == 0
    above, comments = [], False
    if not plain:
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            title = draw(st.sampled_from(TITLES))
            above.append(title + separator * len(header_cells[1:]) * draw(st.integers(0, 1)))
        if above and draw(st.booleans()):
            above.append("")
        if draw(st.integers(0, 5)) == 0:
            above.insert(0, f"sep={separator}")
        if draw(st.integers(0, 5)) == 0:
            above, comments = (
                ["# made by a logger", *above] if not above or "sep=" not in above[0] else above,
                True,
            )
    style = (
        "named" if plain else draw(st.sampled_from(["named"] * 6 + ["none", "years", "trailing", "markdown"]))
    )
    if style == "markdown" and (separator != "|" or above or quote_all):
        style = "named"
    if style == "years" and d > 1:
        names = [str(2001 + 2 * i) for i in range(d)]
        header_cells = ["Ort"] * n_text + names
    lines = [*above, joined(header_cells, separator, quote_all)]
    options["header"], options["skip"] = True, len(above)
    if not plain and n > 3 and draw(st.integers(0, 5)) == 0:
        lines.append(
            joined(
                [
                    *(["text"] * n_text),
                    *draw(st.lists(st.sampled_from(["kg", "cm", "°C", "[m]", "%"]), min_size=d, max_size=d)),
                ],
                separator,
                quote_all,
            )
        )
    body = [joined(cells, separator, quote_all) for cells in zip(*texts, strict=True)]
    if d + n_text == 1:  # an empty line would be no row
        keep = [i for i in range(n) if texts[0][i] not in ("", '""')]
        body = [body[i] for i in keep]
        drawn = [([texts[0][i] for i in keep], [drawn[0][1][i] for i in keep], drawn[0][2])]
        n = len(keep)
    if not plain and draw(st.integers(0, 6)) == 0:
        body.insert(
            draw(st.integers(1, n)), draw(st.sampled_from(["", "   " * (d + n_text > 1), "# recalibrated"]))
        )
    if style == "none":
        lines, options["header"] = above, False
        names = [f"x{i + 1 + n_text}" for i in range(d)]
    lines += body
    if style == "trailing":
        lines = [
            line + separator if i >= len(above) and line.strip() and line[0] != "#" else line
            for i, line in enumerate(lines)
        ]
    if style == "markdown":
        lines = [f"| {line} |" for line in lines if line.strip() and line[0] != "#"]
        lines.insert(1, "|" + "---|" * len(header_cells))
    below = []
    if not plain and style == "named" and draw(st.integers(0, 3)) == 0:
        below = draw(st.lists(st.sampled_from(FOOTERS), min_size=1, max_size=2, unique=True))
        if n_text and draw(st.booleans()):
            below.insert(0, joined(["Total", *[texts[-1][0]] * d], separator, quote_all))
        if draw(st.booleans()):
            below.insert(0, "")
    options["footer"] = len([line for line in below if line])
    lines += below
    ending = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = ending.join(lines) + ending * draw(st.integers(0, 2))
    wanted = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]))
    try:
        content = text.encode(wanted)
    except UnicodeEncodeError:
        wanted, content = "utf-8", text.encode()
    options["encoding"] = wanted
    name = "t.csv"
    if not plain:
        packing = draw(st.sampled_from(["", "", "", "gz", "bz2", "zst", "zip"]))
        content, name = packed(content, packing)
    readable = all(column[2] for column in drawn) and thousands in ("", ",", ".", "'", "_", " ")
    for_pandas = (
        {"sep": separator, "decimal": decimal, "thousands": thousands or None, "encoding": wanted}
        if plain and readable
        else None
    )
    del comments
    return Written(content, name, names, [column[1] for column in drawn], n, options, for_pandas, text)


def packed(content, packing):
    if packing == "gz":
        return gzip.compress(content), "t.csv.gz"
    if packing == "bz2":
        return bz2.compress(content), "t.csv.bz2"
    if packing == "zst":
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as file:
            file.write(content)
        return sink.getvalue().to_pybytes(), "t.csv.zst"
    if packing == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("t.csv", content)
            archive.writestr("__MACOSX/._t.csv", b"junk")
        return buffer.getvalue(), "t.zip"
    return content, "t.csv"
