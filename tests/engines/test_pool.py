"""Threads that share ranges out: all of them, each once, in order, whatever fails."""

import gc
import os
import threading
import time
import weakref
from functools import partial
from queue import SimpleQueue

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


def test_an_interrupt_after_all_is_done_is_raised_and_not_waited_for(monkeypatch):
    pool = Pool(2)
    pool.share(lambda first, stop: None, 10)

    class LateInterrupt(SimpleQueue):
        def get(self, *args, **kwargs):
            super().get(*args, **kwargs)
            raise KeyboardInterrupt

    monkeypatch.setattr("emscope.engines.pool._Over", LateInterrupt)
    with pytest.raises(KeyboardInterrupt):
        pool.share(lambda first, stop: None, 10)
    pool.close()


def test_a_pool_whose_threads_cannot_start_tells_so_and_waits_for_nobody(monkeypatch):
    def fails(thread):
        if thread.name.endswith("_1"):
            raise RuntimeError("can't start new thread")
        return start(thread)

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", fails)
    pool = Pool(2)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="can't start"):
            pool.share(lambda first, stop: None, 10)
    monkeypatch.undo()
    assert len(pool.share(lambda first, stop: None, 10)) > 1
    pool.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what a fork lacks is the point
def test_a_pool_goes_on_in_a_fork():
    pool = Pool(2)
    pool.share(lambda first, stop: None, 10)
    child = os.fork()
    if child == 0:
        os._exit(7 if sum(pool.share(lambda first, stop: stop - first, 10)) == 10 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    pool.close()


def test_an_error_keeps_nothing_of_what_was_shared():
    class Rows:
        pass

    def fails(first, stop, rows):
        raise ValueError(rows)

    gc.disable()
    try:
        pool, rows = Pool(2), Rows()
        with pytest.raises(ValueError, match="Rows"):
            pool.in_ranges(partial(fails, rows=rows), 10, 1)
        pool.close()
        gone = weakref.ref(rows)
        del rows
        assert gone() is None
    finally:
        gc.enable()
