import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from emscope.report.naming import distinct_names
from emscope.report.table_files import LARGEST_CSV, Columns, file_name, write_table


def write(columns, **settings):
    """The bytes of a table."""
    file = io.BytesIO()
    write_table(columns, file_name(columns, "t", **settings), file)
    return file.getvalue()


def by_pandas(content, texts):
    kinds = dict.fromkeys(texts, str)
    frame = pd.read_csv(io.BytesIO(content), dtype=kinds, keep_default_na=False, na_values={"value": [""]})
    return list(frame.columns), [frame.iloc[:, j].tolist() for j in range(frame.shape[1])]


def by_polars(content, texts):
    kinds = dict.fromkeys(texts, pl.String)
    frame = pl.read_csv(io.BytesIO(content), schema_overrides=kinds, infer_schema_length=None)
    return frame.columns, [column.to_list() for column in frame]


def by_pyarrow(content, texts):
    table = csv.read_csv(
        io.BytesIO(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            column_types=dict.fromkeys(texts, pa.string()),
        ),
    )
    return table.column_names, [column.to_pylist() for column in table.columns]


READERS = {"pandas": by_pandas, "polars": by_polars, "pyarrow": by_pyarrow}

FLOATS = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, 1e-308, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 1e16, 1e22, 2.0**53 + 2]),
)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(
        ["", " ", "007", "1e5", "nan", "NA", "null", "true", "a\rb", "\r\n", '"', '""', ",", ";\t"]
    ),
    st.sampled_from(["\u202ex", "\ufeff", "2020-01-01", "#", "x" * 10_000]),
)


def same_bits(read, written):
    """Whether numbers are the same, NaN and nothing alike; the sign of 0 is not written."""
    read = np.array([np.nan if value is None else float(value) for value in read])
    return np.array_equal(
        read.view(np.int64), (np.where(np.isnan(written), np.nan, written) + 0.0).view(np.int64)
    )


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(READERS)))
def test_readers_read_back_the_values(data, reader):
    n = data.draw(st.integers(1, 6))
    floats = np.array(data.draw(st.lists(FLOATS, min_size=n, max_size=n)))
    whole = np.array(data.draw(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=n, max_size=n)))
    texts = data.draw(st.lists(TEXTS, min_size=n, max_size=n))
    columns = Columns.of({"id": pa.array(texts, pa.string()), "value": floats, "count": whole})
    names, (read_texts, read_floats, read_whole) = READERS[reader](write(columns), ["id"])
    assert list(names) == ["id", "value", "count"]
    assert read_texts == texts
    assert same_bits(read_floats, floats)
    assert read_whole == whole.tolist()


def as_reader_has(reader, name):
    """Polars 1 and 2 take the doubled quotes of a header, and of it alone, for two."""
    return name.replace('"', '""') if reader == "polars" else name


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(sorted(READERS)))
def test_readers_read_back_the_names(theirs, reader):
    names = distinct_names(["cluster"], theirs, "feature")
    columns = Columns.of({"cluster": np.arange(2), **{name: np.array([0.5, 1.5]) for name in names}})
    read, values = READERS[reader](write(columns), [])
    assert list(read) == [as_reader_has(reader, name) for name in columns.names]
    assert values[1:] == [[0.5, 1.5]] * len(names)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(FLOATS, min_size=1, max_size=5))
def test_parquet_holds_the_same_as_csv(theirs, values):
    names = distinct_names(["cluster"], theirs, "feature")
    columns = Columns.of({name: np.array(values) for name in names})
    content = write(columns, limit=0)
    frames = [pd.read_parquet(io.BytesIO(content)), pl.read_parquet(io.BytesIO(content))]
    frames.append(parquet.read_table(io.BytesIO(content)).to_pandas())
    for frame in frames:
        assert list(frame.columns) == list(names)
        for name in names:
            assert same_bits(frame[name].to_list(), np.array(values))


def test_nothing_and_an_empty_text_are_told_apart():
    columns = Columns.of({"id": pa.array(["", None, "a"]), "value": np.array([np.nan, 0.0, -0.0])})
    assert write(columns) == b'"id","value"\n"",\n,0\n"a",0\n'


def test_a_table_above_the_limit_is_parquet():
    columns = Columns.of({"cluster": np.arange(1000), "x": np.linspace(0, 1, 1000)})
    size = len(write(columns))
    assert file_name(columns, "labels", limit=size) == "labels.csv"
    assert file_name(columns, "labels", limit=size - 1) == "labels.parquet"
    table = pa.concat_tables([pa.Table.from_batches(columns.batches())])
    assert parquet.read_table(io.BytesIO(write(columns, limit=size - 1))).equals(table)


def test_the_limit_is_50_mb():
    columns = Columns.of(dict.fromkeys("abc", np.full(1_000_000, 1 / 3)))  # 19 bytes each
    assert LARGEST_CSV == 50_000_000
    assert file_name(columns, "responsibilities") == "responsibilities.parquet"


def test_a_large_table_is_never_whole_in_memory_and_counted_no_further_than_the_limit():
    asked = []

    def rows(start, stop):
        asked.append((start, stop))
        return [np.full(stop - start, 1 / 3)] * 64

    schema = pa.schema([(f"component {j}", pa.float64()) for j in range(64)])
    columns = Columns(schema, 200_000, rows)
    content = write(columns, limit=1_000_000)
    assert max(stop - start for start, stop in asked) * 64 <= 2**20
    first, *written = asked
    assert first == written[0]  # what was counted, and then all rows
    assert [start for start, _ in written[1:]] == [stop for _, stop in written[:-1]]
    assert (written[0][0], written[-1][1]) == (0, 200_000)
    assert parquet.read_metadata(io.BytesIO(content)).num_rows == 200_000


def test_a_table_without_rows_has_its_header():
    columns = Columns(pa.schema([("row", pa.int64()), ("cluster", pa.int32())]), 0, lambda start, stop: [])
    assert write(columns) == b'"row","cluster"\n'


def test_a_long_header_counts_too():
    assert list(write(Columns.of({"y" * 10_000: np.arange(2)}), limit=9_999)[:4]) == list(b"PAR1")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_an_error_of_the_disk_is_passed_on(name):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        write_table(Columns.of({"cluster": np.arange(2)}), name, Full())


@pytest.mark.parametrize("limit", [0, LARGEST_CSV])
def test_the_same_table_is_the_same_bytes(limit):
    columns = Columns.of({"x": np.linspace(0, 1, 99)})
    assert write(columns, limit=limit) == write(columns, limit=limit)
