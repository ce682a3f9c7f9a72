"""Files written oddly: stray and strange quotes, preambles, headers of numbers, tables of other kinds."""

import io
import zipfile

import numpy as np
import openpyxl
import pytest

from emscope import read_table
from emscope.errors import TableError


def read_back(table):
    return dict(zip(table.feature_names, table.matrix.T.tolist(), strict=True))


QUOTED = {"k": [7, 9, 4], "amt": [41.75, 5, 0.5]}


@pytest.mark.parametrize(
    "text",
    [
        "k,name,amt\n7,'Mül, X',41.75\n9,'Ann',5\n4,'a, b, c',0.5\n",
        "'k';'name';'amt'\n7;'Mül; X';41,75\n9;'it''s';5\n4;b;0,5\n",
        "'k', 'name', 'amt'\n7, 'Mül', 41.75\n9, 'Ann', 5\n4, 'b', 0.5\n",
        'k,name,amt\n7,"Mül \\"X\\", y",41.75\n9,"Ann",5\n4,"b\\", c",0.5\n',
        "k,name,amt\n7,Mül\\, X,41.75\n9,Ann,5\n4,b,0.5\n",
        '"k", "name", "amt"\n7, "Mül, X", 41.75\n9, "Ann", 5\n4, "b", 0.5\n',
        '"k"; "name"; "amt"\n7; "Mül; X"; 41,75\n9; "Ann"; 5\n4; "b"; 0,5\n',
        '"k;name;amt"\n"7;Mül;41,75"\n"9;Ann;5"\n"4;b;0,5"\n',
        '"k,name,amt";;\n"7,""Mül, X"",41.75";;\n"9,Ann,5";;\n"4,b,0.5";;\n',
        "k,name,amt;;;\n7,Mül,41.75;;;\n9,Ann,5;;;\n4,b,0.5;;;\n",
        "k^name^amt\n7^Mül, X^41.75\n9^Ann^5\n4^b^0.5\n",
    ],
)
def test_values_in_quotes_of_all_kinds_keep_their_column(table, text):
    assert read_back(table(text)) == QUOTED


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("title,x\n'night,1\n'Round Midnight,3\nAlien,7\n", ["x"]),
        ("'x,y\n1,2\n3,4\n5,7\n", ["'x", "y"]),
        ('a,b\npipe 5",2\npipe 6",4\n', ["b"]),
        ('path,x\n"C:\\a\\",1\n"C:\\b\\",2\n', ["x"]),
        ("x;\n1,5;\n2,5;\n", ["x"]),
        ('"x"\n"1,5"\n"2,5"\n', ["x"]),
    ],
)
def test_what_only_looks_like_a_quote_stays(table, text, names):
    assert list(read_back(table(text))) == names


def test_a_date_with_blanks_does_not_part_its_row(table):
    found = table("date,x\n2024 01 05,39.75\n2024 01 06,40.75\n2024 01 07,41.5\n")
    assert read_back(found) == {"x": [39.75, 40.75, 41.5]}
    assert table("a b\n1,5 2,5\n3,5 4,5\n").matrix.tolist() == [[1.5, 2.5], [3.5, 4.5]]


def stray(*rows, n=20, first=False):
    """Write a table of which some rows open a quote before their text."""
    texts = ['"town' if i in rows else "town" for i in range(n)]
    numbers = [f"{i * 7 % 13},{i * 1.25}" for i in range(n)]
    pairs = zip(texts, numbers, strict=True) if first else zip(numbers, texts, strict=True)
    return "\n".join(["t,k,h" if first else "k,h,t", *map(",".join, pairs)]) + "\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (stray(5, 10), 7),
        (stray(5), 7),
        (stray(5, 10, first=True), 7),
        (stray(18, first=True), 20),
        (stray(990, n=1000, first=True), 992),
        (stray(10, 990, n=1000, first=True), 12),
        (stray(4000, 5000, n=8000), 4002),
    ],
)
def test_a_stray_quote_loses_no_rows(table, text, line):
    with pytest.raises(TableError, match=f"line {line:,} of t.csv opens a quote.*quote='none'"):
        table(text)
    found = table(text, quote="none")
    n = text.count("\n") - 1
    assert read_back(found) == {"k": [i * 7 % 13 for i in range(n)], "h": [i * 1.25 for i in range(n)]}


def test_texts_of_several_lines_are_texts(table):
    text = 'k,t,x\n1,"a\nb, c",2.5\n7,"c\n\n ""d""\n1,2,3",3.5\n5,d,9\n'
    assert read_back(table(text)) == {"k": [1, 7, 5], "x": [2.5, 3.5, 9]}


def test_a_quote_is_what_the_caller_says(table):
    text = "k,t,x\n1,'a, b',2.5\n3,c,3.5\n"
    assert read_back(table(text, quote="'")) == {"k": [1, 3], "x": [2.5, 3.5]}
    with pytest.raises(TableError, match="4 values where the first line has 3"):
        table(text, quote='"')
    with pytest.raises(TableError, match="'x' is no quote"):
        table(text, quote="x")


@pytest.mark.parametrize(
    "text",
    [
        '"mpg" "cyl" "grp"\n"391" 33.5 5 "a"\n"312" 39.75 4 "a"\n"769" 36 5 "a"\n',
        '"mpg","cyl","grp"\n"391",33.5,5,"a"\n"312",39.75,4,"a"\n"769",36,5,"a"\n',
        "mpg\tcyl\tgrp\nr3\t33.5\t5\ta\nr7\t39.75\t4\ta\nr1\t36\t5\ta\n",
        "mpg cyl grp\n3 33.5 5 a\n2 39.75 4 a\n1 36 5 a\n",
    ],
)
def test_names_of_rows_need_no_name_and_no_order(table, text):
    found = table(text)
    assert read_back(found) == {"mpg": [33.5, 39.75, 36], "cyl": [5, 4, 5]}
    assert any("'row id'" in note and "skip=1 with header=False" in note for note in found.notes)
    assert table(text, skip=1, header=False).feature_names[-1] == "x3"


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1.5,2,3,4\n1.5,3,3,7\n2,5,6,8\n",
        "name,amount\nA,1,250\nB,2,375\nA,3,480\n",
        "a,b,c\n1,2,3,4\n1,3,3,7\n2,5,6,8\n",
    ],
)
def test_a_header_short_of_a_name_is_not_shifted_silently(table, text):
    with pytest.raises(TableError, match="skip=1 with header=False calls the columns x1 to x"):
        table(text)
    rows = [line.split(",") for line in text.splitlines()[1:]]
    numeric = [j for j, cell in enumerate(rows[0]) if cell[0].isdigit()]
    expected = [[float(row[j]) for j in numeric] for row in rows]
    assert table(text, skip=1, header=False).matrix.tolist() == expected


@pytest.mark.parametrize(
    ("text", "names", "option"),
    [
        ("BDL,30.75,2\n5,37.0,6\n6,38.5,7\n8,35.5,9\n", ["x2", "x3"], "header=True"),
        ("off,30,2\n5,37,6\n6,38,7\n8,35,9\n", ["x2", "x3"], "header=True"),
        ("trace;1,5;2\n5;3,75;6\n6;38,5;7\n8;35,5;9\n", ["x2", "x3"], "header=True"),
        ("off,30\n5,37\n6,38\n8,35\n", ["off", "30"], "header=False"),
        ("q,1,2,3\n5,37,6,2\n5,38,7,9\n8,35,9,2\n", ["q", "1", "2", "3"], "header=False"),
        ("wave,400.5,401.25\n5,0.5,0.25\n9,0.75,0.5\n", ["wave", "400.5", "401.25"], "header=False"),
        ("X,1,2\nA,3,4\nB,4,7\n", ["x2", "x3"], "header=True"),
        ("Region;2022;2023\nC0;1000;1010\nC1;1400;1410\nC2;2400;2210\n", ["2022", "2023"], "header=False"),
        ("Land,2019,2020,2021\nA,100,110,105\nB,8000,9000,8500\n", ["2019", "2020", "2021"], "header=False"),
        ("Land,2021,2020\nA,100,110\nB,8000,9000\nC,2000,2100\n", ["2021", "2020"], "header=False"),
        ("Land,1990,2000,2015\nX,1,11,4\nB,8000,9000,5\n", ["1990", "2000", "2015"], "header=False"),
        ("5,2019,2020,2021\n7,2001,2004,2009\n9,2011,2014,2019\n", ["x1", "x2", "x3", "x4"], "header=True"),
    ],
)
def test_a_first_row_with_numbers_is_asked_about(table, text, names, option):
    found = table(text)
    assert list(found.feature_names) == names
    assert any(option in note for note in found.notes)
    assert found.n_rows + (option == "header=False") == text.count("\n")
    other = table(text, header=option == "header=True")
    assert other.n_rows == found.n_rows + (1 if option == "header=False" else -1)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",2022,,2023,\n,m,f,m,f\n", ["2022 m", "2022 f", "2023 m", "2023 f"]),
        (",Adults,,Children,\n,m,f,m,f\n", ["Adults m", "Adults f", "Children m", "Children f"]),
        (",2022,,2023,\nname,min,max,lo,hi\n", ["2022 min", "2022 max", "2023 lo", "2023 hi"]),
        (",a,b,c,d\n,kg,m,s,A\n", ["a", "b", "c", "d"]),
    ],
)
def test_units_below_gaps_complete_the_names(table, text, names):
    assert list(read_back(table(text + "X,1,2,3,4\nY,5,6,8,8\nZ,1,2,5,7\n"))) == names


def test_a_title_of_two_words_is_no_header_of_two_columns(table):
    assert read_back(table("Monthly report\nPreis\n4\n\n5\n7\n")) == {"Preis": [4, 5, 7]}


SERIES = {"t": [1, 2, 5, 7], "x": [2.5, 3.5, 4.5, 8], "y": [3, 4, 3, 9]}


@pytest.mark.parametrize(
    ("above", "separator"),
    [
        ("Device:,Sensor 5\nSerial:,12345\nInterval:,10\n\n", ","),
        ("Device:;Sensor 5;\nSerial:;12345;\nInterval:;10;\n;;\n", ";"),
        ("12345,10\n", ","),
        ("12345\n", ","),
        ("Serial\t12345\nStart\t2024\n", "\t"),
        ("Serial,12345,\nGain,4,\n", ","),
    ],
)
def test_what_stands_above_a_table_may_hold_numbers(table, above, separator):
    rows = [list(SERIES), *zip(*SERIES.values(), strict=True)]
    text = above + "".join(separator.join(map(str, row)) + "\n" for row in rows)
    found = table(text.replace(".", ",") if separator == ";" else text)
    assert read_back(found) == SERIES
    assert any("skip=" in note for note in found.notes)


def test_what_stands_above_two_columns_is_told_by_the_empty_line(table):
    found = table("Serial,12345\nInterval,10\n\nname,x\nab,2.5\nac,3.5\nad,4.5\nae,8\n")
    assert read_back(found) == {"x": [2.5, 3.5, 4.5, 8]}


def test_a_second_table_below_is_left_out_by_the_option_that_is_named(table):
    text = "a,b,c\n1,2,3\n2,3,5\n4,5,9\n5,5,9\n1,7,9\n\nx,y,z,w\n1,2,3,4\n2,3,4,5\n4,5,4,8\n7,8,4,5\n"
    with pytest.raises(TableError, match=r"footer=5 leaves out all from there on\.$"):
        table(text)
    assert table(text, footer=5).n_rows == 5


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("@data\n1,2\n3,4\n", "t.csv", "an ARFF file.*loadarff"),
        ("% iris\n@RELATION iris\n@ATTRIBUTE a NUMERIC\n@DATA\n1\n2\n", "t.txt", "an ARFF file"),
        ("-- a dump\n/*!40101 SET x */;\nINSERT INTO `t` VALUES (1,2),(3,4);\n", "t.txt", "SQL"),
        ("CREATE TABLE t (a INT);\nINSERT INTO t VALUES (1);\n", "t.txt", "SQL"),
        ("1 1:0.5 3:2\n-1 2:0.25 3:7\n", "t.txt", "index:value.*load_svmlight_file"),
        ("- a: 1\n  b: 2\n- a: 3\n  b: 4\n", "t.txt", "YAML.*safe_load"),
        ("---\na: 1\nb: 2\n", "t.txt", "YAML"),
        ("%%MatrixMarket matrix array real general\n2 2\n1\n2\n", "t.txt", "Matrix Market.*mmread"),
        (">one\nACGTACGTACGT\n>two\nACGTTTTTACGT\n", "t.txt", "sequences"),
        ("\\begin{tabular}{ll}\na & b\\\\\n", "t.txt", "LaTeX"),
    ],
)
def test_texts_that_are_no_tables_are_refused_with_a_way_out(table, text, name, words):
    with pytest.raises(TableError, match=words):
        table(text, name)


@pytest.mark.parametrize(
    "text", ["5 12:30 13:45\n7 12:35 14:45\n8 13:35 15:45\n", "-" * 4000 + "\na b\n1 2\n3 4\n6 7\n"]
)
def test_what_only_begins_like_another_kind_is_read(table, text):
    assert table(text, "t.txt").n_rows == 3


def test_marks_of_the_byte_order_are_no_part_of_a_name(table):
    for text in (
        "\ufeff\ufeffa,b\n1,2\n3,4\n",
        '\ufeff\ufeff"a",b\n1,2\n3,4\n',
        "\ufeff\ufeff\ufeffa,b\n1,2\n3,4\n",
    ):
        assert table(text).feature_names == ("a", "b")


def test_names_of_sheets_and_files_are_found_without_case(table):
    book = openpyxl.Workbook()
    book.active.append(["z"])
    sheet = book.create_sheet("Zweite Seite")
    for row in (["a", "b"], [1.5, 2], [3.25, 4]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    for name in ("Zweite Seite", "zweite seite", "ZWEITESEITE"):
        assert table(file.getvalue(), "t.xlsx", sheet=name).feature_names == ("a", "b")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("readme.txt", "read me, 1, 2")
        files.writestr("b.csv", "a,b\n1,2\n3,4\n")
    assert table(archive.getvalue(), "t.zip").feature_names == ("a", "b")
    assert table(archive.getvalue(), "t.zip", sheet="B.CSV").feature_names == ("a", "b")


def test_wide_tables_are_read_in_seconds(table):
    wide = np.arange(8 * 4000).reshape(8, 4000) * 7 % 1013 / 8
    text = ",".join(f"c{j}" for j in range(4000)) + "\n"
    found = table(text + "".join(",".join(map(str, row)) + "\n" for row in wide), columns=["c0", "c3999"])
    assert found.matrix.tolist() == wide[:, [0, 3999]].tolist()


@pytest.mark.parametrize("above", ["Created on 3. May", "# made by a logger\nCreated on 3. May"])
def test_a_title_with_blanks_makes_no_columns_of_fixed_width(tmp_path, above):
    path = tmp_path / "t.csv"
    path.write_text(f'{above}\n"Price"\n"0"\n"2"\n"5"\n')
    table = read_table(path)
    assert table.feature_names == ("Price",)
    assert table.matrix.tolist() == [[0.0], [2.0], [5.0]]
    assert any("skip=" in note for note in table.notes)


def test_a_comma_before_a_unit_is_a_decimal_comma(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("842,8 %\n258,6 %\n26,9 %\n")
    table = read_table(path)
    assert table.matrix.tolist() == [[842.8], [258.6], [26.9]]
    assert any("separator=','" in note for note in table.notes)


def test_three_digits_after_every_point_of_one_column_are_asked_about(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("rate\n9.898\n51.705\n5.962\n")
    table = read_table(path)
    assert table.matrix[:, 0].tolist() == [9.898, 51.705, 5.962]
    assert any("decimal=','" in note for note in table.notes)
    assert read_table(path, decimal=",").matrix[:, 0].tolist() == [9898.0, 51705.0, 5962.0]


def test_a_first_comma_in_the_last_line_is_refused_by_the_name_of_the_option_that_reads_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("12\n" * 220 + "87,25\n")
    with pytest.raises(TableError, match="separator="):
        read_table(path)
    assert read_table(path, separator=";").matrix[-1].tolist() == [87.25]
