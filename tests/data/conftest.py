"""What tests of files share: a file written and read."""

import pytest

from emscope import read_table


@pytest.fixture
def table(tmp_path):
    """Write a text or bytes into a file and read it as a table."""

    def read(content, name="t.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, **options)

    return read
