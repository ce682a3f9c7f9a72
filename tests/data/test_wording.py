"""Names, values and lists of them are short wherever they are shown."""

import pytest

from emscope.data.wording import quoted


@pytest.mark.parametrize(("text", "shown"), [("a" * 40, "a" * 40), ("a" * 41, "a" * 39 + "…")])
def test_at_most_forty_characters_of_a_name_are_shown(text, shown):
    assert quoted(text) == repr(shown)
