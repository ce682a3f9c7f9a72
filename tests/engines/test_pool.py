"""Threads that share ranges out: all of them, each once, in order, whatever fails."""

import threading
import time
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope.engines.engine import fold
from emscope.engines.pool import Pool


class Merged(str):
    """Tells how it was merged."""

    def merge(self, other):
        return Merged(f"({self}{other})")


@given(n=st.integers(1, 200), n_threads=st.integers(1, 5))
def test_ranges_make_up_all_in_their_order(n, n_threads):
    pool = Pool(n_threads)
    ranges = pool.share(lambda first, stop: list(range(first, stop)), n)
    pool.close()
    assert [number for own in ranges for number in own] == list(range(n))


@given(n=st.integers(1, 700), n_threads=st.integers(1, 8))
def test_runs_are_parts_of_the_tree_in_which_all_is_merged(n, n_threads):
    leaves = [Merged(chr(1000 + i)) for i in range(n)]
    size = Pool(n_threads).run_length(n)
    of_runs = [fold(leaves[first : first + size]) for first in range(0, n, size)]
    assert fold(of_runs) == fold(leaves)


@pytest.mark.parametrize("n_threads", [1, 4])
def test_the_error_of_the_first_range_is_raised_and_the_others_are_dropped(n_threads):
    begun = []
    second_failed = threading.Event()

    def fails(first, stop):
        begun.append(first)
        if first == 0 and n_threads > 1:
            assert second_failed.wait(timeout=60)
        if first == 1:
            second_failed.set()
        if first < 2:
            raise ValueError(first)
        time.sleep(0.001)

    pool = Pool(n_threads)
    with pytest.raises(ValueError, match=r"^0$"):
        pool.in_ranges(fails, 500, 1)
    assert len(begun) < 400
    assert pool.in_ranges(lambda first, stop: first, 3, 1) == [0, 1, 2]  # it goes on
    pool.close()


def test_threads_end_with_a_pool_that_nobody_closed():
    before = threading.active_count()
    pool = Pool(3)
    pool.share(lambda first, stop: None, 100)
    assert threading.active_count() == before + 3
    threads, gone = list(pool._threads), weakref.ref(pool)
    del pool
    assert gone() is None
    for thread in threads:
        thread.join(timeout=60)
    assert threading.active_count() == before
