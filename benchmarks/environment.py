"""The environment that all are measured in."""

import os


def unset_openblas() -> dict[str, str]:
    """Unset what tunes OpenBLAS by hand, but for threads; return what was set.

    OpenBLAS reads it as it is loaded, so that this comes before NumPy. A core type or a cache size that is
    not the machine's slows the matrix products of everybody.
    """
    names = [name for name in os.environ if name.startswith("OPENBLAS_") and "THREADS" not in name]
    return {name: os.environ.pop(name) for name in names}
