"""NumPy's own files: ``.npy`` opened by memory map, ``.npz`` read where its sizes are honest."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np

from emscope.data.arrays import objects_error, raw_of_array
from emscope.data.raw import Raw
from emscope.data.request import Request
from emscope.data.wording import listed, quoted
from emscope.errors import TableError

_USUAL_NAMES = ("X", "data")


def read_npy(path: str, source: str, request: Request) -> Raw:
    """Read a ``.npy`` file; float64 rows stay on disk behind a memory map."""
    try:
        with open(path, "rb") as file:
            np.lib.format.read_magic(file)  # numpy.load would take anything else for a pickle
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy raises nearly anything on damaged files
        if "Python objects" in str(error):
            raise objects_error(source) from error
        raise TableError(
            f"{source} is damaged, cut short, or no .npy file: write it again with numpy.save."
        ) from error
    return raw_of_array(array, source, request)


def read_npz(path: str, source: str, request: Request) -> Raw:
    """Read the matrix of an ``.npz`` file: its only one, or the one called ``X`` or ``data``."""
    try:
        with zipfile.ZipFile(path) as archive:
            name, notes = _choose(archive, source)
            with archive.open(name + ".npy") as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
    except TableError:
        raise
    except Exception as error:  # zipfile and NumPy raise nearly anything on damaged files
        raise TableError(
            f"{source} is damaged, cut short, or no .npz file: write it again with numpy.savez."
        ) from error
    return raw_of_array(array, source, request, notes)


def _choose(archive: zipfile.ZipFile, source: str) -> tuple[str, tuple[str, ...]]:
    """Name the matrix to read, from the headers alone."""
    shapes: dict[str, tuple[int, ...]] = {}
    for info in archive.infolist():
        if info.filename.endswith(".npy"):
            shape, dtype, header_size = _header(archive, info)
            size = int(np.prod([1, *shape], dtype=object)) * dtype.itemsize
            if not dtype.hasobject and header_size + size != info.file_size:
                raise TableError(
                    f"{quoted(info.filename)} in {source} promises {size:,} bytes and holds "
                    f"{info.file_size - header_size:,}: write the file again."
                )
            shapes[info.filename.removesuffix(".npy")] = shape
    matrices = [name for name, shape in shapes.items() if len(shape) == 2]
    usual = [name for name in _USUAL_NAMES if name in matrices]
    if len(matrices) != 1 and len(usual) != 1:
        found = "; ".join(f"{quoted(name)} of shape {shape}" for name, shape in list(shapes.items())[:8])
        raise TableError(
            f"{source} holds {len(matrices)} matrices (arrays: {found or 'none'}): "
            "save the one to cluster as 'X', or alone."
        )
    name = matrices[0] if len(matrices) == 1 else usual[0]
    others = [other for other in shapes if other != name]
    return name, (f"The array {quoted(name)} is read, not {listed(others)}.",) if others else ()


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        else:
            shape, _, dtype = np.lib.format.read_array_header_2_0(member)
        return shape, dtype, member.tell()
