"""Looks for values of a table in everything that was written, packed or not, in every format of numbers."""

import base64
import bz2
import gzip
import html
import json
import re
import zipfile

import numpy as np

PACKED = re.compile(rb'"((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"')

NUMBER = re.compile(rb"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)")
_BETWEEN = b"|" * 8  # so that the end of one and the beginning of the next make no value
PIXELS = (".png", ".gif")  # where bytes are no numbers
TEXT = (".html", ".json", ".csv", ".svg")


def contents(path):
    """Yield what is in a file: its bytes, members of archives, what base64 hides."""
    whole = path.read_bytes()
    yield path.name, whole
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"{path.name}/{name}", archive.read(name)
    if path.suffix == ".html":
        inner = html.unescape(whole.decode()).encode()  # a page in a page
        yield f"{path.name} unescaped", inner
        hidden = [base64.b64decode(match[1]) for match in PACKED.finditer(inner)]
        yield f"{path.name} base64", _BETWEEN.join(hidden)
        for packed in hidden:
            if packed.startswith((b"BZh", b"\x1f\x8b")):
                yield f"{path.name} unpacked", (bz2 if packed[0] == 66 else gzip).decompress(packed)


def digits_of(value):
    """How many significant digits the shortest decimal of a number has."""
    mantissa = repr(float(value)).split("e")[0].replace(".", "").lstrip("-0")
    return len(mantissa.rstrip("0"))


def texts_of(value):
    """The ways to write a number with six digits or more."""
    ways = {
        repr(float(value)),
        f"{value:.6g}",
        f"{value:.6f}",
        f"{value:.7g}",
        f"{value:.9g}",
        f"{value:.17g}",
    }
    if float(value).is_integer():
        ways |= {f"{int(value)}", f"{int(value):,}"}
    return {way.replace("-", "") for way in ways if len(re.sub(r"e.*|\D", "", way).strip("0")) >= 6}


def bytes_of(value):
    """The ways to store it; in single precision only where that has as many digits."""
    yield np.float64(value).tobytes()
    with np.errstate(over="ignore"):
        single = np.float32(value)
    if np.isfinite(single) and len(re.sub(r"e.*|\D", "", str(single)).strip("0")) >= 6:
        raw = single.tobytes()
        if raw.count(0) < 2:  # 2^60 has two, and is found by chance inside of round numbers
            yield raw
    if float(value).is_integer() and abs(value) < 2**63:
        yield np.int64(value).tobytes()


def found_in(folder, values, names=()):
    """Yield where in a folder values of six digits or more, or names, occur."""
    long = [value for value in values if digits_of(value) >= 6]
    texts = {text.encode() for value in long for text in texts_of(value)}
    stored = [raw for value in long for raw in bytes_of(value)]
    called = re.compile("|".join(map(re.escape, names)).encode()) if names else None
    for path in sorted(folder.rglob("*")):
        for where, content in contents(path) if path.is_file() else ():
            if path.suffix in TEXT or where.endswith("header.npy"):
                yield from ((where, text) for text in texts.intersection(NUMBER.findall(content)))
            if called and (hit := called.search(content)):
                yield where, hit[0]
            for size in () if path.suffix in PIXELS else (4, 8):
                yield from ((where, raw) for raw in occurring(content, [s for s in stored if len(s) == size]))


def occurring(content, patterns):
    """Return which of some patterns of the same length occur anywhere in a content."""
    if not patterns or len(content) < len(patterns[0]):
        return []
    size = len(patterns[0])
    wanted = np.unique(np.frombuffer(b"".join(patterns), f"<u{size}"))
    shifted = (content[i : i + (len(content) - i) // size * size] for i in range(size))
    found = [np.intersect1d(np.frombuffer(one, f"<u{size}"), wanted) for one in shifted]
    return [value.tobytes() for value in np.unique(np.concatenate(found))]


def numbers_in(path):
    """Yield every float of a trace, a page, a table or a summary."""
    if path.suffix == ".npz":
        for name, array in np.load(path).items():
            if name == "header":
                yield from floats(json.loads(array.tobytes()))
            elif array.dtype.kind == "f":
                yield from array.ravel().tolist()
    elif path.suffix == ".html":
        told = re.search(r'id="emscope-run">([^<]*)', html.unescape(path.read_text()))[1]
        yield from floats(json.loads(told))
    elif path.suffix == ".json":
        yield from floats(json.loads(path.read_text()))
    elif path.suffix == ".csv":
        for cell in re.split(r"[,\n]", path.read_text()):
            if re.fullmatch(r"-?\d*\.\d+(e[-+]?\d+)?|-?\d+e[-+]?\d+", cell):
                yield float(cell)


def floats(told):
    """Yield every float among plain JSON values, packed ones too."""
    if isinstance(told, dict):
        for name, value in told.items():
            if name in ("f32", "f64"):
                yield from np.frombuffer(base64.b64decode(value), "<f4" if name == "f32" else "<f8").tolist()
            else:
                yield from floats(value)
    elif isinstance(told, list):
        for value in told:
            yield from floats(value)
    elif isinstance(told, float):
        yield told
