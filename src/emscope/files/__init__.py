"""How anything is written: files appear whole or not at all, and nothing foreign is ever touched."""

from emscope.files.folder import Folder
from emscope.files.single import check_file
from emscope.files.whole import remove_file, whole_file, write_text

__all__ = ["Folder", "check_file", "remove_file", "whole_file", "write_text"]
