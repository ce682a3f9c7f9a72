"""What every file of a model begins with, and how it is known to be whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT, VERSION = "emscope-model", 1


def checksum(content: Mapping[str, Any]) -> str:
    """Return a hash of the values of a file, however they are laid out; infinite ones are a ValueError."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
