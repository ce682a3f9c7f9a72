"""Files that are not read here: what they are, by their first bytes or name, and a way to their table."""

from __future__ import annotations

import re

_PANDAS = "read it with pandas ({}) and save it with to_csv or to_parquet"
_SQL = "save one of its tables, as in sqlite3 -header -csv FILE 'select * from TABLE' > table.csv"
_HDF5 = ("an HDF5 file", _PANDAS.format("read_hdf") + ", or save one matrix of it with numpy.save")
_PICKLE = ("a pickle, which can run programs when it is loaded", _PANDAS.format("read_pickle"))
_RDS = ("a file of R's own", "write the table in R with write.csv(table, 'table.csv', row.names = FALSE)")
_SPSS = ("an SPSS file", _PANDAS.format("read_spss"))
_STATA = ("a Stata file", _PANDAS.format("read_stata"))
_SAS = ("a SAS file", _PANDAS.format("read_sas"))
_JSON = ("JSON, not a table", _PANDAS.format("read_json; lines=True for one object a line"))
_HTML = (
    "a web page",
    _PANDAS.format("read_html"),
)
_XML = ("XML, not a table", "open it in a spreadsheet program and save it as CSV or .xlsx")
_PDF = ("a PDF file", "copy the table into a spreadsheet and save that as CSV")
_PICTURE = ("a picture", "give the table it was made from")
_NUMBERS = ("a Numbers document", "export it from Numbers as CSV or Excel")
_DOCUMENT = ("a text document", "copy the table into a spreadsheet and save that as CSV")
_ARCHIVE = ("an archive of a kind that is not unpacked here", "unpack it and give the table in it")
_MATLAB = ("a MATLAB file", "write the matrix in MATLAB with writematrix, or scipy.io.loadmat and numpy.save")
_SQLITE = ("an SQLite database", _SQL)
_ARFF = ("an ARFF file", "read it with scipy.io.arff.loadarff and save its data with pandas (to_csv)")
_SQL_TEXT = ("a file of SQL statements", "run them in a database and save the table there as CSV")
_PAIRS = (
    "a table of pairs index:value",
    "read it with sklearn.datasets.load_svmlight_file and save the matrix with numpy.save",
)
_YAML = ("YAML, not a table", "read it with yaml.safe_load and save it with pandas (to_csv)")
_MATRIX_MARKET = ("a Matrix Market file", "read it with scipy.io.mmread and save the matrix with numpy.save")
_SEQUENCES = ("a file of sequences", "give a table of what was measured on them")
_LATEX = ("LaTeX", "copy the table into a spreadsheet and save that as CSV")
_OTHER = ("a data file of another kind", "save the table as CSV or Parquet")

_BY_START: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"\x89HDF", _HDF5),
    (b"%PDF", _PDF),
    (b"SQLite format 3", _SQLITE),
    (b"\x80\x02", _PICKLE),
    (b"\x80\x03", _PICKLE),
    (b"\x80\x04", _PICKLE),
    (b"\x80\x05", _PICKLE),
    (b"$FL2", _SPSS),
    (b"$FL3", _SPSS),
    (b"<stata_dta>", _STATA),
    (b"RDX", _RDS),
    (b"RDA", _RDS),
    (b"X\n\0\0", _RDS),
    (b"MATLAB ", _MATLAB),
    (b"HEADER RECORD*******", _SAS),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", _SAS),
    (b"CDF\x01", _OTHER),
    (b"CDF\x02", _OTHER),
    (b"ORC", _OTHER),
    (b"Obj\x01", _OTHER),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"\x1f\x9d", _ARCHIVE),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"{\\rtf", _DOCUMENT),
)
_BY_SUFFIX = {
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".geojson"), _JSON),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _PICKLE),
    **dict.fromkeys((".rds", ".rda", ".rdata"), _RDS),
    **dict.fromkeys((".sav", ".zsav", ".por"), _SPSS),
    **dict.fromkeys((".sas7bdat", ".xpt"), _SAS),
    **dict.fromkeys((".h5", ".hdf5", ".hdf"), _HDF5),
    **dict.fromkeys((".sqlite", ".sqlite3"), _SQLITE),
    **dict.fromkeys((".html", ".htm"), _HTML),
    **dict.fromkeys((".docx", ".odt", ".rtf", ".doc"), _DOCUMENT),
    **dict.fromkeys((".yaml", ".yml"), _YAML),
    **dict.fromkeys((".svm", ".svmlight", ".libsvm"), _PAIRS),
    ".arff": _ARFF,
    ".sql": _SQL_TEXT,
    ".mtx": _MATRIX_MARKET,
    ".dta": _STATA,
    ".numbers": _NUMBERS,
    ".pdf": _PDF,
    ".mat": _MATLAB,
    ".xml": _XML,
}
_BY_TEXT = (
    (re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\]]|\[\s*\"[^\]\"]*\"\s*,)", re.ASCII), _JSON),
    (re.compile(rb"\s*<(?:!doctype html|html|head|body|table|meta|style)\b", re.IGNORECASE), _HTML),
    (re.compile(rb"\s*<\?xml", re.IGNORECASE), _XML),
    (re.compile(rb"(?:\s*%[^\n]*\n)*\s*@(?:relation\b|attribute\b|data\s*\n)", re.IGNORECASE), _ARFF),
    (re.compile(rb"%%MatrixMarket\b", re.IGNORECASE), _MATRIX_MARKET),
    (
        re.compile(
            rb"\s*(?:(?:--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/;?)\s*)*"
            rb"(?:(?:CREATE|DROP|ALTER|LOCK) (?:TABLE|DATABASE|SCHEMA|SEQUENCE)|INSERT INTO|"
            rb"BEGIN TRANSACTION|SET [\w@. ]+=|USE [\w`]+;|PRAGMA )",
            re.IGNORECASE,
        ),
        _SQL_TEXT,
    ),
    # not a count and times of day, which have two digits behind the colon
    (
        re.compile(
            rb"(?=[^\n]* \d+:(?!\d\d\b(?!\.)))[-+]?[0-9.]+(?: +[0-9]+:[-+0-9.eE]+)+ *(?:#[^\n]*)?\r?\n"
        ),
        _PAIRS,
    ),
    (re.compile(rb"(?:---[ \t]*\r?\n)?- +[\w ]+:(?: [^\n]*)?\r?\n +[\w ]+:[ \r\n]"), _YAML),
    (re.compile(rb"---[ \t]*\r?\n[\w ]+:(?: [^\n]*)?\r?\n"), _YAML),
    (re.compile(rb">[^\n]+\r?\n[A-Za-z*-]{10,}\r?\n"), _SEQUENCES),
    (re.compile(rb"@[^\n]+\r?\n[ACGTN]+\r?\n\+"), _SEQUENCES),
    (re.compile(rb"\s*\\(?:documentclass|begin\{)"), _LATEX),
)
_STATA_OLD = re.compile(rb"[\x69\x6c\x6e\x6f\x71-\x73][\x01\x02]\x01\0")


def unsupported_kind(start: bytes, suffix: str) -> tuple[str, str] | None:
    """Name a file that cannot be read and the way out, by its first bytes and its name; None for others."""
    for magic, kind in _BY_START:
        if start.startswith(magic):
            return kind
    if start[257:262] == b"ustar":
        return _ARCHIVE
    if _STATA_OLD.match(start):
        return _STATA
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    for pattern, kind in _BY_TEXT:
        if pattern.match(text):
            return kind
    return _BY_SUFFIX.get(suffix)


def in_zip(names: list[str]) -> tuple[str, str] | None:
    """Name the kind of document whose parts a zip archive holds; None for an archive of files."""
    if any(name.endswith(".iwa") for name in names):
        return _NUMBERS
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return _DOCUMENT
    return None
