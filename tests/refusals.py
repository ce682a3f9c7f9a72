"""How tables are refused."""

import pytest

from emscope.errors import TableError


def refuses(words, function, *args, **kwargs):
    """Call a function that must say in one short line what is wrong with a table."""
    with pytest.raises(TableError, match=words) as caught:
        function(*args, **kwargs)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
