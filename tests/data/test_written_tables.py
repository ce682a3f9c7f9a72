"""Every table is read as it was meant, or a sentence names the option that then reads it so."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from emscope.data.read import read_table
from emscope.errors import TableError
from written_tables import written_tables

RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


OPTIONS = {
    "separator": ("separator=",),
    "decimal": ("decimal=",),
    "thousands": ("thousands=",),
    "encoding": ("encoding=",),
    "header": ("header=",),
    "skip": ("skip=",),
    "footer": ("footer=",),
}


def is_exact(table, written):
    return (
        list(table.feature_names) == written.names
        and table.matrix.tolist() == written.complete
        and table.n_rows == written.n_rows
    )


def is_read_or_asked_about(path, written):
    """Read without options; where that is not exact, an option must be named and all of them must do."""
    said = ""
    try:
        table = read_table(path, columns=written.names)
        said = " ".join(table.notes)
        if is_exact(table, written):
            return True
    except TableError as error:
        said = str(error)
        try:
            said += " ".join(read_table(path).notes)
        except TableError as other:
            said += str(other)
    named = {option for option, words in OPTIONS.items() if any(word in said for word in words)}
    assert named, f"misread without a word: {said}"
    options = {option: value for option, value in written.options.items() if option in named}
    assert is_exact(read_table(path, columns=written.names, **options), written), said
    return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@settings(max_examples=150, **RELAXED)
@given(written=written_tables())
def test_written_tables_come_back_or_are_asked_about(folder, written):
    if not written.complete:
        return
    path = folder / written.file_name
    path.write_bytes(written.content)
    is_read_or_asked_about(path, written)


@settings(max_examples=80, **RELAXED)
@given(written=written_tables(plain=True))
def test_pandas_told_the_truth_agrees(folder, written):
    if written.for_pandas is None or not written.complete:
        return
    path = folder / written.file_name
    path.write_bytes(written.content)
    frame = pd.read_csv(
        io.BytesIO(written.content),
        na_values=["-", "?"],
        skipinitialspace=True,
        **written.for_pandas,
    )
    expected = frame[written.names].dropna().to_numpy(dtype=float)
    options = {name: value for name, value in written.options.items() if name != "footer"}
    found = read_table(path, columns=written.names, **options)
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-15)  # pandas may miss the last bit
