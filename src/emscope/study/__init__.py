"""Many fits, asked one question; each answer is a result with its sentence, its table and its doubt."""

from emscope.study.again import again
from emscope.study.choose_k import choose_k
from emscope.study.compare import compare
from emscope.study.optima import optima
from emscope.study.profile import profile
from emscope.study.rows import rows
from emscope.study.stability import stability

__all__ = ["again", "choose_k", "compare", "optima", "profile", "rows", "stability"]
