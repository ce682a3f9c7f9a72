"""Files as spreadsheets, loggers and databases leave them: what is around a table, and what it is in."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from emscope.data.read import read_table
from emscope.errors import TableError
from refusals import refuses

ROWS = [[1.5, 2], [3, 4], [5.25, 7]]


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("sep=;\na;b\n1,5;2\n3;4\n5,25;7\n", None),
        ("Report 2024\n\na;b\n1,5;2\n3;4\n5,25;7\n", "skip="),
        ("Report;\nBy me;\n;\na;b\n1,5;2\n3;4\n5,25;7\n", "skip="),
        ("# made by x\na,b\n1.5,2\n# pause\n3,4\n5.25,7\n# end\n", "comment="),
        ("# a b\n1.5 2\n3 4\n5.25 7\n", "header=False"),
        ("a;b\nkg;°C\n1,5;2\n3;4\n5,25;7\n", "units"),
        ("a;b\n(1);(2)\n1,5;2\n3;4\n5,25;7\n", "numbers the columns"),
        ("a,b\n1.5,2\n3,4\n5.25,7\n\nSource: Bureau, 2024\n", "footer="),
        ("a,b\n1.5,2\n3,4\n5.25,7\n(3 rows)\n", "footer="),
        ("a,b\n1.5,2\n3,4\n5.25,7\nTotal,13\n", "footer="),
        ("a;b;\n1,5;2;\n3;4;\n5,25;7;\n", None),
        ("a,b\n1.5,2,\n3,4,\n5.25,7,\n", None),
        ("a,b\n1.5,2\n3,4,\n5.25,7\n", None),
        ("| a | b |\n|---|:-:|\n| 1.5 | 2 |\n| 3 | 4 |\n| 5.25 | 7 |\n", None),
        ("+---+---+\n| a | b |\n+---+---+\n| 1.5 | 2 |\n| 3 | 4 |\n| 5.25 | 7 |\n+---+---+\n", None),
        (" a | b \n---+---\n 1.5 | 2\n 3 | 4\n 5.25 | 7\n(3 rows)\n\n", "footer="),
        ("a,b\r\n1.5,2\r3,4\n5.25,7", None),
        ("a,b\n1.5,2\n3,4\n5.25,7\n,\n,\n", None),
    ],
)
def test_what_is_around_a_table_is_left_out(table, text, option):
    found = table(text, columns=["a", "b"])
    assert found.matrix.tolist() == ROWS
    assert found.n_rows == 3
    assert option is None or any(option in note for note in found.notes)


def test_decimal_comma_with_a_point_for_thousands(table):
    text = "Preis;Umsatz\n12,5;999\n13,0;1.234\n11,7;12.500\n12,1;1.050\n"
    assert table(text).matrix[:, 1].tolist() == [999, 1234, 12500, 1050]
    told = table(text, decimal=".", thousands=",", columns=["Umsatz"])
    assert told.matrix[:, 0].tolist() == [999, 1.234, 12.5, 1.05]


@pytest.mark.parametrize(
    ("text", "values", "option"),
    [
        ('a,b\n"1,250",2\n"3,500",3\n', [1250, 3500], "decimal="),
        ('a,b\n"1,250",2.5\n"3,500",3\n', [1250, 3500], None),
        ('a,b\n"1,250","2,5"\n"3,500",3\n', [1.25, 3.5], None),
        ("a;b\n1,250;2\n3,500;3\n", [1.25, 3.5], "decimal="),
        ("a;b\n1.250;2\n999;3\n", [1250, 999], "decimal="),
        ("a;b\n1.250;2\n2.375;3\n", [1.25, 2.375], "decimal="),
        ("a,b\n1.250,2\n999,3\n", [1.25, 999], "decimal="),
        ("a,b\n1.25,2\n999,3\n", [1.25, 999], None),
    ],
)
def test_one_column_decides_for_all_and_what_stays_open_is_asked_about(table, text, values, option):
    found = table(text)
    assert found.matrix[:, 0].tolist() == values
    asked = [note for note in found.notes if "in 'a' is read as" in note or "decimal mark" in note]
    assert option is None or any(option in note for note in found.notes)
    assert option is not None or len(asked) < 2


@pytest.mark.parametrize(("with_points", "value"), [(2, 1234), (3, 1.234)])
def test_an_open_column_follows_the_majority_or_else_the_first_lines(table, with_points, value):
    names = ["a", *[f"p{j}" for j in range(with_points)], "open"]
    rows = [[f"{i},5", *[f"{i % 2}.5"] * with_points, f"{i % 3 + 1}.234"] for i in range(20)]
    found = table("\n".join(map(";".join, [names, *rows, []])))
    assert found.matrix[0, -1] == value


def test_commas_that_come_late_count_for_the_whole_file(table):
    early = "".join(f"{i % 7 + 1}.{i % 900 + 100:03d};{i}\n" for i in range(7, 5000))
    found = table("a;b;c\n" + early.replace("\n", ";3\n") + "1.234;5;2,5\n")
    assert found.matrix[0].tolist() == [1107, 7, 3]
    assert found.matrix[-1].tolist() == [1234, 5, 2.5]
    late = table("a;b\n" + "1;2\n" * 30_000 + "1,5;3\n")
    assert late.matrix[-1].tolist() == [1.5, 3]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("400,402,404\n0.5,0.25,0.125\n0.75,0.5,0.25\n0.1,0.3,0.2\n", ("400", "402", "404")),
        ("kind,400.5,401.25\na,0.5,0.25\nb,0.75,0.5\n", ("400.5", "401.25")),
        ("0,1,2\n0.5,0.25,0.125\n0.75,0.5,0.25\n0.1,0.3,0.2\n", ("0", "1", "2")),
        ("2001;2002;2003\n5;3;9\n4;8;1\n7;7;2\n", ("2001", "2002", "2003")),
    ],
)
def test_numbers_that_name_columns(table, text, names):
    found = table(text)
    assert found.feature_names == names
    if names[0] != "400.5":
        assert any("header=False" in note for note in found.notes)
    assert table(text, header=False).n_rows == found.n_rows + 1


def test_a_header_is_what_the_caller_says(table):
    text = "1,2\n3,4\n5,7\n"
    assert table(text, header=True).feature_names == ("1", "2")
    assert any("header=True" in note for note in table(text).notes)
    assert table("x\n" + text, skip=1, header=False).n_rows == 3
    assert table("a,b\n" + text, skip=2).n_rows == 2
    assert table("Ulm|24.5\nBern|3.25\nRom|7.5\n").feature_names == ("x2",)


def test_a_stray_word_costs_a_row_and_many_cost_the_column(table):
    text = "a,b\n" + "".join(f"{i},{i % 7}.5\n" for i in range(100_000)) + "5,n.v.\n"
    found = table(text, columns=["b"])
    assert found.rows_left_out[0].count == 1
    assert any("'n.v.' (1)" in note for note in found.notes)
    assert table("a,b\n" + "1,2\n3,x\n" * 9).columns_left_out[0].name == "b"
    told = table("a,b\n" + "1,2\n3,x\n" * 9, na_values=["x"], columns=["a", "b"])
    assert told.rows_left_out[0].count == 9


def test_colors_and_spreadsheet_errors_are_no_comments(table):
    assert table("color,a\n#ff0000,1\n#00ff00,2\n#0000ff,4\n").n_rows == 3
    assert table("a,b\n1,2\n#N/A,3\n#DIV/0!,4\n" + "5,6\n" * 20).n_rows == 23
    assert table("a,b\n%x\n1,2\n3,4\n", comment="%").n_rows == 2
    assert table("a,b\n# 1,2\n3,4\n5,6\n", comment="").n_rows == 3


def test_names_of_rows_as_r_writes_them(table):
    found = table('"a" "b"\n"r1" 1.5 2\n"r2" 3 4\n"r3" 5.25 7\n')
    assert found.feature_names == ("a", "b")
    assert found.matrix.tolist() == ROWS


def test_short_rows_at_the_end_are_missing_there_and_a_cut_one_is_left_out(table):
    found = table("a,b\n1.5,2\n3,4\n5,6\n7\n")
    assert (found.n_rows, found.rows_left_out[0].count) == (4, 1)
    cut = table("a,b,c\n1,2,3\n3,4,6\n5,6,8\n7,8")
    assert cut.n_rows == 3
    assert any("footer=" in note for note in found.notes + cut.notes)
    refuses("has 2 values where", table, "a,b,c\n1,2,3\n3,4,6\n5,6,8\n7,8", footer=0)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-8-sig", "utf-16"])
def test_wide_encodings_need_no_mark(table, encoding):
    assert table("größe,b\n1.5,2\n3,4\n5.25,7\n".encode(encoding)).matrix.tolist() == ROWS


# packed


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as file:
        file.write(data)
    return sink.getvalue().to_pybytes()


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


PLAIN = b"a,b\n1.5,2\n3,4\n5.25,7\n"


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, zstd, lzma.compress, lambda data: zipped(t__csv=data)]
)
def test_packed_tables_are_known_by_their_bytes_and_damage_is_one_sentence(table, pack):
    whole = pack(PLAIN)
    for name in ("t.csv", "t.csv.bz2", "t.dat"):
        assert table(whole, name).matrix.tolist() == ROWS
    refuses("cut short or damaged", table, whole[: len(whole) - 9])
    refuses("cut short or damaged", table, whole[: len(whole) // 2])


def test_zip_archives_hold_one_table_or_are_asked_about(table):
    both = zipped(one__csv=PLAIN, two__csv=PLAIN)
    refuses(r"2 files \('one.csv', 'two.csv'\): name one by sheet=", table, both, "t.zip")
    assert table(both, "t.zip", sheet="two.csv").matrix.tolist() == ROWS
    refuses("no 'three.csv'; it holds", table, both, "t.zip", sheet="three.csv")
    found = table(zipped(t__csv=PLAIN, readme__md=b"x"), "t.zip")
    assert "'t.csv' is read, not 'readme.md'" in found.notes[0]
    refuses("packed again", table, gzip.compress(gzip.compress(PLAIN)))


def test_what_unpacks_beyond_measure_is_refused(table, monkeypatch):
    monkeypatch.setattr("emscope.data.formats.containers._MOST_UNPACKED", 1000)
    refuses("over 200 times its size", table, gzip.compress(b"1,2\n" * 2_000_000))
    refuses("over 200 times its size", table, zipped(t__csv=b"1,2\n" * 2_000_000))


def test_a_pipe_that_nobody_writes_into_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TableError, match="nobody writes into the pipe"):
        read_table(tmp_path / "pipe")


def test_standard_input_and_pipes(tmp_path):
    code = "from emscope.data.read import read_table; print(read_table('-').matrix.tolist())"
    done = subprocess.run(
        [sys.executable, "-c", code], input=gzip.compress(PLAIN), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "[[1.5, 2.0], [3.0, 4.0], [5.25, 7.0]]"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(PLAIN,))
    writer.start()
    assert read_table(pipe).matrix.tolist() == ROWS
    writer.join()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b'[{"a": 1}]', "t.json", "JSON.*read_json"),
        (b'{"a": 1}\n{"a": 2}\n', "t.csv", "JSON"),
        (b"1,2\n", "t.jsonl", "JSON"),
        (b"$FL2@(#)", "t.sav", "SPSS.*read_spss"),
        (b"<stata_dta><header>", "t.dta", "Stata.*read_stata"),
        (gzip.compress(b"RDX3\nX\n", mtime=0), "t.rds", "R's own.*write.csv"),
        (b"\x89HDF\r\n\x1a\n", "t.h5", "HDF5"),
        (b"SQLite format 3\0", "t.sqlite", "SQLite.*select"),
        (b"\x80\x04\x95", "t.pkl", "pickle"),
        (b"%PDF-1.7", "t.csv", "PDF"),
        (zipped(Index__iwa=b"x"), "t.numbers", "Numbers"),
        (b"<!DOCTYPE html><html>", "t.xls", "web page"),
        (b"<?xml version='1.0'?>", "t.xls", "XML"),
        (b"7z\xbc\xaf\x27\x1c", "t.7z", "unpack it"),
    ],
)
def test_files_of_other_kinds_are_refused_with_a_way_out(table, content, name, words):
    refuses(words, table, content, name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"decimal": "x"}, "no decimal mark"),
        ({"thousands": "x"}, "no mark between thousands"),
        ({"decimal": ",", "thousands": ","}, "cannot be the decimal mark and"),
        ({"skip": -1}, "skip is -1"),
        ({"comment": " # "}, "without blanks"),
    ],
)
def test_options_that_cannot_be_are_refused(table, options, words):
    refuses(words, table, "a,b\n1,2\n", **options)


def test_big_whole_numbers_of_text_stay_exact_until_they_are_numbers(table):
    assert np.diff(table("a,b\n9007199254740993,1\n9007199254740995,2\n").matrix[:, 0]).tolist() != [0]
