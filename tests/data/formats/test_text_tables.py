"""CSV and its kin: encodings, separators, decimal marks, headers, and every way to be broken."""

import gzip
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emscope.data.formats.lines import numbered
from emscope.data.formats.separators import guess_separator
from emscope.data.read import read_table
from emscope.errors import TableError
from refusals import refuses

# how it is written


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a,b\n1.5,2\n3,4\n", None),
        ("a;b\n1.5;2\n3;4\n", "semicolon"),
        ("a\tb\n1.5\t2\n3\t4\n", "tab"),
        ("a|b\n1.5|2\n3|4\n", "vertical bar"),
        ("  a    b\n1.5  2\n  3\t 4\n", "blank"),
        ("a;b\n1,5;2\n3;4\n", "comma as the decimal mark"),
        ("a\tb\n1,5\t2\n3\t4\n", "comma as the decimal mark"),
        ("a;b\n +1,5 ;2\n3;4\n", "comma as the decimal mark"),
        ("a,b\r\n1.5,2\r\n3,4\r\n", None),
        ("a,b\r1.5,2\r3,4", None),
        ('"a","b"\n"1.5","2"\n"3","4"\n', None),
        ("\n\na,b\n\n1.5,2\n\n   \n3,4\n\n", None),
        (" a , b\n 1.5, 2\n+3,4 \n", None),
    ],
)
def test_separators_decimal_marks_and_line_endings(table, text, note):
    found = table(text)
    assert found.feature_names == ("a", "b")
    assert found.matrix.tolist() == [[1.5, 2], [3, 4]]
    assert (note is None and not found.notes) or any(note in one for one in found.notes)


def test_texts_with_a_blank_each_do_not_separate_by_blanks(table):
    found = table(
        "id,town,kind,x,y\n1,Town 5,kind 1,1.5,2.5\n2,Town 6,kind 2,1.7,3.5\n3,Town 7,kind 1,2.5,4.5\n"
    )
    assert found.feature_names == ("x", "y")
    assert found.matrix.tolist() == [[1.5, 2.5], [1.7, 3.5], [2.5, 4.5]]
    assert not any("blank" in note for note in found.notes)


WORDS = ["Town", "Kind", "Aarau", "red"]
NUMBERS = ["new", "1", "5", "12", "7b"]


@st.composite
def tables_of_texts(draw):
    """Lines of two to five texts of one to three words, as many in each row, and two numbers."""
    separator = draw(st.sampled_from(",;\t"))
    mark = "." if separator == "," else draw(st.sampled_from(".,"))
    thousands = draw(st.sampled_from(["", " "]))
    quote = draw(st.sampled_from(["", '"']))
    n_words = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    order = draw(st.permutations(range(len(n_words) + 2)))
    cells = random.Random(draw(st.integers(0, 2**32 - 1)))  # far quicker than to draw every word
    rows = []
    for _ in range(draw(st.integers(3, 8))):
        texts = [" ".join([cells.choice(WORDS), *cells.choices(NUMBERS, k=n - 1)]) for n in n_words]
        numbers = [f"{cells.uniform(1000, 99_999):_.2f}".replace(".", mark) for _ in range(2)]
        row = [
            *(quote + text + quote for text in texts),
            *(one.replace("_", thousands) for one in numbers),
        ]
        rows.append([row[i] for i in order])
    if draw(st.booleans()):
        rows.insert(0, [f"{quote}name {'abcdefg'[i]}{quote}" for i in range(len(order))])
    return separator, [separator.join(row) for row in rows]


@settings(max_examples=200)
@given(written=tables_of_texts())
def test_blanks_inside_texts_are_not_taken_for_the_separator(written):
    separator, lines = written
    assert guess_separator(list(numbered(lines)), "t.csv")[0] == separator


@pytest.mark.parametrize("separator", [",", ";", "\\t", "tab", " "])
def test_a_given_separator_is_used(table, separator):
    mark = {"\\t": "\t", "tab": "\t"}.get(separator, separator)
    found = table(f"a{mark}b|c\n1{mark}2\n3{mark}4\n", separator=separator)
    assert found.feature_names == ("a", "b|c")


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "é", "5", "-"])
def test_a_separator_that_cannot_be_one_is_refused(table, separator):
    refuses("cannot separate columns", table, "a,b\n1,2\n", separator=separator)


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("utf-32", None), ("cp1252", "cp1252")],
)
def test_encodings_are_detected(table, encoding, note):
    found = table("größe,€\n1,2\n3,4\n".encode(encoding))
    assert found.feature_names == ("größe", "€")
    assert (note is None) == (not found.notes)


def test_an_encoding_that_shows_late_is_detected(table):
    found = table(b"a,b,name\n" + b"1,2,x\n3,4,y\n" * 100_000 + b"5,6,M\xfcller\n", id_column="name")
    assert found.row_names[-1] == "Müller"
    assert found.notes == ("Not UTF-8: read as cp1252; encoding= names another.",)


def test_a_given_encoding_is_used_or_refused(table):
    assert table("é,b\n1,2\n3,4\n".encode("mac-roman"), encoding="mac-roman").feature_names[0] == "é"
    refuses("not in the encoding utf-8:", table, b"\xe9,b\n1,2\n", encoding="utf-8")
    refuses("not in the encoding utf-16", table, b"a,b\n1,2\n", encoding="utf-16")
    for name in ("nonsense", "hex", "rot13", "zlib", "\0"):
        refuses("no text encoding", table, b"a,b\n1,2\n", encoding=name)


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("1,2\n3,4\n5,7\n", ("x1", "x2"), 3),
        ("1,2\n", ("x1", "x2"), 1),
        ("1,2", ("x1", "x2"), 1),
        ("1,NA\n3,4\n5,7\n", ("x1", "x2"), 3),
        ("1,5;2\n3,1;4\n", ("x1", "x2"), 2),
        ("5.1,Iris-setosa\n4.9,Iris-setosa\n6,Iris-b\n", ("x1",), 3),
        ("country,2001,2002\nA,1,2\nB,3,5\n", ("2001", "2002"), 2),
        ("a,2\n1,2\n3,4\n", ("a", "2"), 2),
        (",0,1\n0,1.5,2\n1,2.5,3\n", ("0", "1"), 2),
        (",a,b\n1,1.5,2\n2,2.5,3\n", ("a", "b"), 2),
        ("x,x,x\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", ("a", "b", "c"), 3),  # names differ
    ],
)
def test_headers_are_told_from_data(table, text, names, rows):
    found = table(text)
    assert found.feature_names == names
    assert found.n_rows == rows
    assert any("no header" in note for note in found.notes) == (names[0] == "x1")


def test_missing_values_are_known_by_their_spellings(table):
    spellings = ["", "NA", "N/A", "NaN", "null", "None", "?", "-", ".", " na ", "NULL", "#N/A", "nan"]
    text = "a,b\n1,2\n3,4\n" + "".join(f"{word},5\n" for word in spellings)
    found = table(text)
    assert found.rows_left_out[0].count == len(spellings)
    assert found.columns_left_out == ()


def test_infinite_values_and_overflow_are_left_out(table):
    found = table("a,b\n1,2\ninf,4\n-inf,5\n1e999,6\n7,8\n")
    assert [(r.reason, r.count) for r in found.rows_left_out] == [("infinite value", 3)]


def test_rows_and_lines_are_named(table):
    found = table("a,b,t\n1,2,\n3,x,u\n5,6,v\n7,8,w\n")
    reasons = {column.name: column.reason for column in found.columns_left_out}
    assert reasons["b"].startswith("text: 3 of 4 values are numbers, but row 2 (line 3) has 'x'; ")
    assert reasons["t"] == "text, such as 'u' in row 2 (line 3)"
    assert found.first_line == 2
    assert table("a,b\n1,2\n\n3,4\n").first_line is None
    assert table("1,2\n3,4\n").first_line == 1
    refuses(r"row 2 \(line 3\) .* no value in column 'b'", table, "a,b\n1,2\n2,\n3,4\n", strict=True)
    refuses(r"weight in row 1 \(line 2\)", table, "a,w\n1,-2\n2,3\n", weights_column="w")


def test_ids_stay_as_they_are_written(table):
    found = table("id,a\n007,1\nNA,2\n1e3,3\n", id_column="id")
    assert found.row_names == ("007", "NA", "1e3")


def test_hostile_names_and_quoted_line_breaks_are_only_text(table):
    long = "x" * 10_000
    found = table(f'"<script>","$x$\n""y""",{long},a\u2028b\u202e\n1,2,3,4\n5,6,7,8\n')
    assert found.feature_names == ("<script>", '$x$\n"y"', long, "a\u2028b\u202e")
    assert found.first_line == 3  # the header takes two lines


def test_gzip_is_seen_in_the_file_not_in_its_name(table):
    packed = gzip.compress(b"a,b\n1,2\n3,4\n")
    for name in ("t.csv.gz", "t.csv", "t.TSV.GZ"):
        assert table(packed, name).matrix.tolist() == [[1, 2], [3, 4]]
    for damaged in (packed[:-1], packed[:15], b"\x1f\x8b", b"\x1f\x8b" + b"x" * 50):
        refuses("gzip file that is cut short or damaged", table, damaged)


def test_text_of_unknown_name_is_read(table):
    assert table("a,b\n1,2\n3,4\n", "t.weird").matrix.shape == (2, 2)
    refuses("binary", table, bytes(range(256)) * 10, "t.weird")


# how it is broken


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n \n\n", "is empty"),
        ("\ufeff", "is empty"),
        ("a,b\n", "a header and no rows"),
        ("a,b", "a header and no rows"),
        ("a,b\n1,2\n3\n4,5\n", r"row 2 \(line 3\) of t.csv has 1 value where the first line has 2"),
        ("a,b\n1,2\n\n3,4,5\n", r"row 2 \(line 4\) of t.csv has 3 values where the first line has 2"),
        ('a,b\n"1\n",2\n3\n4,5\n', r"row 2 \(line 4\) of t.csv has 1 value"),
        ('a,b\n1,2\n3,"4\n5,6\n7,8\n', "line 3 of t.csv opens a quote that is not closed"),
        ('a,b\n1,"2\n' + "3,4\n" * 20_000, "line 2 of t.csv opens a quote"),
        ('"a,b\n1,2\n3,4\n', "opens a quote that is not closed"),
        ("name,kind\nx,y\nz,w\n", "no column of numbers .*'name': text, such as 'x'"),
        (";;\n;;\n;;\n", "no column of numbers|no values"),
        (b"a,b\n1,\0\n", "zero bytes"),
        (b"\x01\x02\x03\x04" * 10, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        ("1," * 150_000, "150,001 columns"),
    ],
)
def test_broken_files_are_refused_in_one_sentence(table, content, words):
    refuses(words, table, content)


def test_rows_between_blanks_may_be_ragged_too(table):
    refuses(r"row 2 \(line 3\) of t.csv has 3 values", table, "a b\n1 2\n1 2 3\n", separator=" ")


def test_a_giant_line_is_refused_after_some_megabytes(tmp_path):
    path = tmp_path / "giant.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.seek(10 * 2**30)  # a sparse file: 10 GB of nothing
        file.write(b"\n")
    refuses("zero bytes", read_table, path)
    with gzip.open(tmp_path / "giant.csv.gz", "wb", compresslevel=1) as packed:
        packed.write(b"a,b\n1,2\n")
        for _ in range(40):
            packed.write(b"3" * 2**20)
    refuses("line 3 of giant.csv.gz is longer than 16 million", read_table, tmp_path / "giant.csv.gz")


def test_a_huge_value_does_not_hide_the_separator(table):
    found = table("a,b\n1,2\n2,3\n" + "3" * 100_000 + ",3\n")
    assert found.feature_names == ("a", "b")
    assert found.rows_left_out[0].reason == "infinite value"


def test_rows_beyond_several_pieces_of_a_file_are_read_whole(table):
    values = np.random.default_rng(0).integers(-999, 999, size=(450_000, 3))
    lines = "\n".join(map("%d,%d,%d".__mod__, map(tuple, values.tolist())))
    found = table("a,b,c\n" + lines + "\n")
    np.testing.assert_array_equal(found.matrix, values)
    assert found.first_line == 2


CELLS = [
    "1",
    "2.5",
    "-3",
    "x",
    "NA",
    "",
    '"a,b"',
    '"q""q"',
    '"m\nl"',
    "1,5",
    "é",
    " ",
    '"',
    "\r",
    "\x0c",
    "1e999",
    "'",
]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4), max_size=8),
    separator=st.sampled_from(",;\t| "),
    ending=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_any_text_gives_a_table_or_one_sentence(table, rows, separator, ending, encoding):
    text = ending.join(separator.join(row) for row in rows)
    try:
        found = table(text.encode(encoding))
    except TableError as error:
        assert "\n" not in str(error)  # noqa: PT017  both ways out are right
        return
    assert found.matrix.shape == (len(found.kept), len(found.feature_names))
    assert len(found.kept) + sum(r.count for r in found.rows_left_out) == found.n_rows


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    values=st.lists(
        st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=2, max_size=9
    ),
    separator=st.sampled_from(",;\t| "),
    comma=st.booleans(),
)
def test_numbers_come_back_exactly(table, values, separator, comma):
    lines = [separator.join(map(repr, row)) for row in values]
    text = "\n".join([separator.join("ab"), *lines])
    comma = comma and separator in ";\t"
    found = table(text.replace(".", ",") if comma else text, columns=["a", "b"])
    assert found.matrix.tolist() == [list(row) for row in values]
