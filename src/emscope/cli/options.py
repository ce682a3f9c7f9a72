"""The options of the commands, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import rich_click as click

from emscope.cli import values

F = TypeVar("F", bound=Callable[..., Any])
Options = Sequence[Callable[[F], F]]

_STANDARDIZE = click.option(
    "--standardize", is_flag=True, help="Measure each feature in its standard deviations: --standardize."
)

CHOOSING: Options[Any] = (
    click.option(
        "--columns",
        callback=values.names,
        metavar="A,B",
        help="The features, whatever they hold: --columns 'age,\"Income, annual\"' "
        "[default: every column of measurements].",
    ),
    click.option(
        "--exclude",
        callback=values.names,
        metavar="A,B",
        help="Columns that are not to be features: --exclude zip,phone.",
    ),
    click.option(
        "--label",
        "label_column",
        metavar="COLUMN",
        help="A column that is known about the rows and never clustered: --label species.",
    ),
    click.option(
        "--id", "id_column", metavar="COLUMN", help="The column that names the rows: --id customer."
    ),
    click.option(
        "--weights", "weights_column", metavar="COLUMN", help="The column that weighs the rows: --weights n."
    ),
    click.option(
        "--impute",
        type=click.Choice(["median"]),
        help="Fill missing values instead of leaving rows out: --impute median.",
    ),
    click.option(
        "--log",
        callback=values.names,
        metavar="A,B",
        help="Take the natural logarithm of these, then called log A: --log income.",
    ),
    _STANDARDIZE,
    click.option(
        "--strict", is_flag=True, help="Refuse missing values instead of leaving rows out: --strict."
    ),
)
"""What is clustered of a table; named like the arguments of ``read_table``."""

READING: Options[Any] = (
    click.option(
        "--separator", metavar="MARK", help="Between the values of a text file: --separator ';' or tab."
    ),
    click.option(
        "--quote", metavar="MARK", help='Around a text that holds separators: --quote "\'", or none.'
    ),
    click.option("--decimal", metavar="MARK", help="The decimal mark: --decimal ,"),
    click.option(
        "--thousands", metavar="MARK", help="The mark between thousands: --thousands . or space, or none."
    ),
    click.option(
        "--na-values",
        callback=values.words,
        metavar="A,B",
        help="Further words for a missing value: --na-values -9999,refused.",
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first row holds the names of the columns: --no-header.",
    ),
    click.option("--skip", type=click.IntRange(0), metavar="N", help="Lines above the table: --skip 3."),
    click.option("--footer", type=click.IntRange(0), metavar="N", help="Lines below the table: --footer 1."),
    click.option(
        "--comment", metavar="MARK", help="What lines begin with that are none of it: --comment '%', or none."
    ),
    click.option("--encoding", metavar="NAME", help="Of a text file: --encoding cp1250."),
    click.option(
        "--sheet", metavar="NAME", help="Of a workbook, or the file in a .zip: --sheet 'March 2026'."
    ),
)
"""How a table is written, where that is not to be found out; named like the arguments of ``read_table``."""

STUDIED: Options[Any] = (
    *(option for option in CHOOSING if option is not _STANDARDIZE),
    click.option(
        "--standardize/--no-standardize",
        default=None,
        help="Whether to measure each feature in its standard deviations: --no-standardize [default: yes; "
        "not for spherical k-means, which is about directions].",
    ),
)
"""What a study clusters of a table; it measures features in their standard deviations unless told not to."""

_MODEL = click.option(
    "--model",
    type=click.Choice(["kmeans", "spherical", "gmm"]),
    default="kmeans",
    show_default=True,
    help="What to fit: k-means, spherical k-means (rows scaled to length 1), or a Gaussian mixture: "
    "--model gmm.",
)
_SEED = click.option(
    "--seed",
    "random_state",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    default=0,
    show_default=True,
    help="Seed of the random draws: --seed 1.",
)
_THREADS = click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1),
    metavar="N",
    help="Number of threads: --threads 2 [default: all cores].",
)

STUDYING: Options[Any] = (
    click.option(
        "-k",
        "ks",
        default="1:10",
        show_default=True,
        callback=values.numbers_of_clusters,
        metavar="LOW:HIGH",
        help="Numbers of clusters to compare, both ends included: -k 2:6, or -k 2,4,8, or -k 3.",
    ),
    _MODEL,
    click.option(
        "--covariance",
        "covariance_types",
        callback=values.covariances,
        metavar="A,B",
        help="Covariances of a mixture to compare: --covariance full,tied,diag,spherical [default: full].",
    ),
    _SEED,
    _THREADS,
)

FITTING: Options[Any] = (
    click.option(
        "-k",
        "n_clusters",
        type=click.IntRange(1),
        metavar="K",
        help="Number of clusters: -k 3 [default: as many as --init FILE has centers, else chosen among 1 to "
        "10].",
    ),
    _MODEL,
    click.option(
        "--covariance",
        "covariance_type",
        type=click.Choice(values.COVARIANCES),
        help="Covariances of a mixture: --covariance tied [default: full].",
    ),
    click.option(
        "--init",
        metavar="START",
        help="Where the run begins: k-means++ [default], random, farthest, random-partition; for a mixture "
        "kmeans [default], k-means++, random, random_from_data; or a file of centers: --init centers.csv.",
    ),
    _SEED,
    click.option(
        "--n-init",
        type=click.IntRange(1),
        metavar="N",
        default=1,
        show_default=True,
        help="Number of starts; the best wins: --n-init 10.",
    ),
    click.option(
        "--max-iter",
        type=click.IntRange(1),
        metavar="N",
        help="Largest number of iterations: --max-iter 20 [default: 300; for a mixture 100].",
    ),
    click.option(
        "--tol",
        type=click.FloatRange(0),
        metavar="X",
        help="Shift of the centers that counts as standing still: --tol 0 [default: 1e-4]; for a mixture "
        "gain in log-likelihood per point [default: 1e-3].",
    ),
    click.option(
        "--reg-covar",
        type=click.FloatRange(0),
        metavar="X",
        help="Added to every variance of a mixture: --reg-covar 0.01 [default: 1e-6].",
    ),
    click.option(
        "--accelerate",
        type=click.Choice(["squarem"]),
        help="Try longer steps than the mixture's own: --accelerate squarem [default: no].",
    ),
    _THREADS,
    click.option(
        "--checkpoint",
        metavar="FILE",
        help="Keep how a long fit stands, every 30 seconds; after a crash or Ctrl-C the same command goes on "
        "from there: --checkpoint run.ckpt.",
    ),
)

TABLES: Options[Any] = (
    click.option(
        "--tables",
        default="all",
        show_default=True,
        metavar="A,B",
        help="Tables to write: centers, clusters, sizes, labels; of a mixture means, covariances, weights, "
        "responsibilities; or all, or none: --tables labels,sizes.",
    ),
)

_PRIVATE = click.option(
    "--private",
    is_flag=True,
    help="Write no row of the table, and no number of more than four digits: --private.",
)

OUTPUT: Options[Any] = (
    click.option(
        "--out",
        metavar="DIR",
        callback=values.folder,
        help="Folder to write into: --out first-try [default: emscope-out; of a study emscope-study; for a "
        "trace TRACE-view, beside it].",
    ),
    click.option(
        "--force",
        is_flag=True,
        help="Replace files in the way, of exactly the names that are written: --force.",
    ),
    _PRIVATE,
    click.option("--quiet", is_flag=True, help="Print nothing but errors: --quiet."),
)

DRAWING: Options[Any] = (
    click.option(
        "--formats",
        default="png,gif",
        show_default=True,
        callback=values.formats,
        metavar="A,B",
        help=f"Kinds of pictures: {', '.join(values.FORMATS)}, or none: --formats svg,mp4.",
    ),
    click.option(
        "--style",
        type=click.Choice(("light", "dark", "print")),
        default="light",
        show_default=True,
        help="How pictures look: --style print.",
    ),
    click.option(
        "--axes",
        callback=values.two_names,
        metavar="A,B",
        help="Two features to draw instead of the principal components: --axes age,income.",
    ),
    click.option(
        "--colors-like",
        metavar="TRACE",
        help="Give clusters the colors of this saved trace: --colors-like emscope-out/trace.npz.",
    ),
    click.option("--all-frames", is_flag=True, help="Draw every half-step of a long run: --all-frames."),
    click.option(
        "--player/--no-player",
        default=True,
        show_default=True,
        help="Write the page that replays the run: --no-player.",
    ),
    click.option("--open", "show", is_flag=True, help="Open player.html in the browser: --open."),
)

NAMING: Options[Any] = (
    click.option(
        "--id",
        "id_column",
        metavar="COLUMN",
        help="The column that names the rows: --id customer [default: the one that named those of the fit].",
    ),
)
"""What may be said of the columns of new rows; which ones the features are, the model knows."""

LABELS: Options[Any] = (
    click.option(
        "--out",
        metavar="FILE",
        help="The file to write, .csv or .parquet, or - for CSV on the standard output: --out march.parquet "
        "[default: NAME-labels.csv for NAME.csv, in the current folder].",
    ),
    click.option("--sql", "as_sql", is_flag=True, help="Print a SELECT that labels rows, instead: --sql."),
    click.option(
        "--table",
        metavar="NAME",
        help="The table of that SELECT: --table customers [default: data].",
    ),
    *(option for option in OUTPUT[1:] if option is not _PRIVATE),
)
"""What labels are written as."""

_DEBUG = click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on errors.")
_HOW_IT_IS_WRITTEN = "How the table is written (found out where nothing is said)"
_PANELS = {
    "What to cluster": CHOOSING,
    _HOW_IT_IS_WRITTEN: READING,
    "Fit": FITTING,
    "Pictures": DRAWING,
    "Output": (*TABLES, *OUTPUT),
}
_PANELS_OF_STUDY = {
    "What to cluster": STUDIED,
    _HOW_IT_IS_WRITTEN: READING,
    "Fits": STUDYING,
    "Output": OUTPUT,
}


def with_options(*groups: Options[Any]) -> Callable[[F], F]:
    """Give a command the options of these groups, and ``--debug``."""

    def add(command: F) -> F:
        command = _DEBUG(command)
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return add


def names_of(*groups: Options[Any]) -> list[str]:
    """Return what the options of these groups are called as arguments."""
    return [str(parameter.name) for parameter in _parameters(groups)]


def parameter_options() -> dict[str, str]:
    """Return the option for each parameter of an estimator: ``--seed`` for ``random_state``."""
    return {str(parameter.name): parameter.opts[-1] for parameter in _parameters([FITTING])}


def _parameters(groups: Sequence[Options[Any]]) -> list[click.Parameter]:
    return click.command()(with_options(*groups)(lambda **_: None)).params[:-1]


def _panel(name: str, group: Options[Any]) -> Any:
    return {"name": name, "options": [parameter.opts[-1] for parameter in _parameters([group])]}


click.rich_click.OPTION_GROUPS = {
    f"emscope {command}": [_panel(name, group) for name, group in panels.items()]
    for command, panels in (
        *((command, _PANELS) for command in ("run", "columns", "view", "demo")),
        ("study", _PANELS_OF_STUDY),
    )
}
click.rich_click.OPTION_GROUPS["emscope label"] = [
    _panel("What is written", (*LABELS, *NAMING)),
    _panel("How the table is written (where nothing is said, as that of the fit)", READING),
]
