"""``python -m emscope`` does what ``emscope`` does."""

from emscope.cli import main

main()
