"""``python -m emscope.cli`` does what ``emscope`` does."""

from emscope.cli import main

main()
