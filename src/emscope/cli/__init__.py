"""The commands. Everything heavy is imported inside them, so that ``--help`` is quick."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import rich_click as click

from emscope import __version__
from emscope.errors import EmscopeError

F = TypeVar("F", bound=Callable[..., Any])

UNUSABLE, INTERRUPTED = 1, 130

_FORMATS = ("png", "svg", "pdf", "gif", "webp", "apng", "mp4")


def main() -> NoReturn:
    """Run the command line and leave with its exit code.

    What an old terminal cannot show is replaced, never a reason to lose a run.

    0: done. 1: the data cannot be used, or something cannot be written. 2: wrong usage.
    130: interrupted, with what was done so far written.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = commands.main(prog_name="emscope", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted before there was anything to write.")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, people get a sentence
        if "--debug" in sys.argv:
            traceback.print_exc()
        _complain(_sentence(error))
        code = UNUSABLE
    sys.exit(code)


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, EmscopeError):
        from emscope.data.wording import in_options

        return in_options(text)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this: use fewer rows or columns."
    return f"an unexpected {type(error).__name__}: {text or 'no more is known'} (--debug shows where)."


def _complain(sentence: str) -> None:
    click.echo(f"emscope: {sentence}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="emscope")
def commands() -> None:
    """Watch expectation-maximization: cluster a table and see every half-step."""


def _formats(context: Any, parameter: Any, value: str) -> tuple[str, ...]:
    names = () if value == "none" else _names(context, parameter, value) or ()
    for name in names:
        if name not in _FORMATS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(_FORMATS)}.")
    return names


def _names(context: Any, parameter: Any, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise click.BadParameter("it names nothing.")
    return names


def _two_names(context: Any, parameter: Any, value: str | None) -> tuple[str, ...] | None:
    names = _names(context, parameter, value)
    if names is not None and len(names) != 2:
        raise click.BadParameter("name two features, separated by a comma.")
    return names


def _folder(context: Any, parameter: Any, value: str | None) -> Path | None:
    if value == "":
        raise click.BadParameter("it names no folder.")
    return None if value is None else Path(value)


_DRAWING = (
    click.option(
        "--out",
        metavar="DIR",
        callback=_folder,
        help="Folder to write into [default: emscope-out; for a trace TRACE-view, beside it].",
    ),
    click.option(
        "--force", is_flag=True, help="Replace files in the way, of exactly the names that are written."
    ),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
    click.option(
        "--formats",
        default="png,gif",
        show_default=True,
        callback=_formats,
        metavar="A,B",
        help=f"Kinds of pictures: {', '.join(_FORMATS)}, or none.",
    ),
    click.option(
        "--style",
        type=click.Choice(("light", "dark", "print")),
        default="light",
        show_default=True,
        help="How pictures look.",
    ),
    click.option(
        "--axes",
        callback=_two_names,
        metavar="A,B",
        help="Two features to draw instead of the principal components.",
    ),
    click.option("--colors-like", metavar="TRACE", help="Give clusters the colors of this saved trace."),
    click.option("--all-frames", is_flag=True, help="Draw every half-step of a long run."),
    click.option(
        "--player/--no-player",
        default=True,
        show_default=True,
        help="Write the page that replays the run.",
    ),
    click.option("--open", "show", is_flag=True, help="Open player.html in the browser."),
    click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on errors."),
)

_TABLES = (
    click.option(
        "--tables",
        default="all",
        show_default=True,
        metavar="A,B",
        help="Tables to write: centers, clusters, sizes, labels; of a mixture means, covariances, weights, "
        "responsibilities; or all, or none.",
    ),
)

_FITTING = (
    click.option(
        "-k",
        "n_clusters",
        type=click.IntRange(1),
        metavar="K",
        help="Number of clusters [default: 4, or as many as --init FILE has centers].",
    ),
    click.option(
        "--model",
        type=click.Choice(["kmeans", "gmm"]),
        default="kmeans",
        show_default=True,
        help="What to fit: k-means, or a Gaussian mixture.",
    ),
    click.option(
        "--covariance",
        "covariance_type",
        type=click.Choice(["full", "tied", "diag", "spherical"]),
        help="Covariances of a mixture [default: full].",
    ),
    click.option(
        "--reg-covar",
        type=click.FloatRange(0),
        help="Added to every variance of a mixture [default: 1e-6].",
    ),
    click.option(
        "--accelerate",
        type=click.Choice(["squarem"]),
        help="Try longer steps than the mixture's own [default: no].",
    ),
    click.option(
        "--columns", callback=_names, metavar="A,B,C", help="The features [default: every column of numbers]."
    ),
    click.option("--standardize", is_flag=True, help="Measure each feature in its standard deviations."),
    click.option("--id", "id_column", metavar="COLUMN", help="The column that names the rows."),
    click.option("--weights", "weights_column", metavar="COLUMN", help="The column that weighs the rows."),
    click.option("--strict", is_flag=True, help="Refuse missing values instead of leaving rows out."),
    click.option("--separator", help="What separates values in a text file [default: detected]."),
    click.option("--encoding", help="Encoding of a text file [default: detected]."),
    click.option(
        "--init",
        metavar="START",
        help="Where the run begins: k-means++ [default], random, farthest, random-partition; for a mixture "
        "kmeans [default], k-means++, random, random_from_data; or a file of centers.",
    ),
    click.option(
        "--seed",
        "random_state",
        type=click.IntRange(0, 2**32 - 1),
        default=0,
        show_default=True,
        help="Seed of the random draws.",
    ),
    click.option(
        "--n-init",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Number of starts; the best wins.",
    ),
    click.option(
        "--max-iter",
        type=click.IntRange(1),
        help="Largest number of iterations [default: 300; for a mixture 100].",
    ),
    click.option(
        "--tol",
        type=click.FloatRange(0),
        help="Shift of the centers that counts as standing still [default: 1e-4]; for a mixture gain in "
        "log-likelihood [default: 1e-3].",
    ),
    click.option(
        "--threads", "n_threads", type=click.IntRange(1), help="Number of threads [default: all cores]."
    ),
)


click.rich_click.OPTION_GROUPS = {
    "emscope run": [
        {
            "name": "Data",
            "options": [
                "--columns",
                "--standardize",
                "--id",
                "--weights",
                "--strict",
                "--separator",
                "--encoding",
            ],
        },
        {
            "name": "Fit",
            "options": [
                "-k",
                "--model",
                "--covariance",
                "--init",
                "--seed",
                "--n-init",
                "--max-iter",
                "--tol",
                "--reg-covar",
                "--accelerate",
                "--threads",
            ],
        },
        {
            "name": "Pictures",
            "options": [
                "--formats",
                "--style",
                "--axes",
                "--colors-like",
                "--all-frames",
                "--player",
                "--open",
            ],
        },
        {"name": "Output", "options": ["--tables", "--out", "--force", "--quiet"]},
    ]
}


def _with_options(options: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@commands.command()
@click.argument("name", type=click.Choice(["blobs", "old-faithful", "penguins"]), default="blobs")
@_with_options(_TABLES)
@_with_options(_DRAWING)
def demo(name: str, **drawing: Any) -> int:
    """Cluster one of the shipped data sets (blobs unless named) and draw it."""
    from emscope.cli.session import Drawing, run_demo

    return run_demo(name, Drawing(**drawing))


@commands.command()
@click.argument("data")
@_with_options(_FITTING)
@_with_options(_TABLES)
@_with_options(_DRAWING)
def run(data: str, **options: Any) -> int:
    """Cluster the rows of DATA and draw it.

    DATA is a CSV, TSV, Parquet, Arrow, Feather, .npy or .npz file.
    """
    from emscope.cli.session import Drawing, run_table

    drawing = {name: options.pop(name) for name in Drawing.options()}
    return run_table(data, Drawing(**drawing), **options)


@commands.command()
@click.argument("trace")
@_with_options(_DRAWING)
def view(trace: str, **drawing: Any) -> int:
    """Draw a saved TRACE (.npz) again."""
    from emscope.cli.session import Drawing, view_trace

    return view_trace(trace, Drawing(**drawing))
