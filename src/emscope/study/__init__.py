"""Many fits, asked one question; each answer is a result with its sentence, its table and its doubt."""

from emscope.study.choose_k import choose_k

__all__ = ["choose_k"]
