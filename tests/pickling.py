"""An engine that stands for a distributed one: whatever goes to a block or comes from it is pickled."""

import pickle
from contextlib import nullcontext
from functools import partial

import numpy as np

from emscope.engines.engine import Expected, Moved, fold, put_in_row_order
from emscope.kernels.kernel import in_turn


def sent(something):
    """Return what arrives on the other side."""
    return pickle.loads(pickle.dumps(something))


class PicklingEngine:
    """Blocks, labels and all that is kept for a block never leave their place but as pickles."""

    def __init__(self, blocks, model):
        self.blocks = blocks
        self._model = sent(model)
        self._parts = blocks.spans if self._model.spanning else blocks
        self._workspaces = Kept(self._parts, self._model.prepare)
        self.restart()

    def restart(self):
        self._labels = [np.full(len(block.rows), -1, np.int32) for block in self._parts]
        self._spare = [labels.copy() for labels in self._labels]

    def another(self, model):
        return PicklingEngine(self.blocks, model)

    def alone(self):
        return nullcontext()

    def share(self, function, n):
        return in_turn(function, n)

    def close(self):
        self._labels = [self._in_row_order(part) for part in self._parts]
        self._workspaces = Kept(self._parts, lambda part, share: None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    @property
    def labels(self):
        return np.concatenate([sent(self._in_row_order(block)) for block in self._parts])

    def _in_row_order(self, block):
        by_row = np.empty_like(self._labels[block.index])
        put_in_row_order(self._labels[block.index], by_row, self._workspaces.kept.get(block.index))
        return by_row

    def expectation(self, step, parameters):
        def there(block, workspace, step, parameters):
            labels = self._spare[block.index]
            statistics = step(block, parameters, labels, workspace)
            return Expected(statistics, Moved.between(self._labels[block.index], labels, block.weights))

        def parts():
            for block in self._parts:
                arrived = partial(there, step=sent(step), parameters=sent(parameters))
                yield sent(self._workspaces.run(block, arrived))

        found = fold(parts())
        self.take_back()
        return found.statistics, found.moved

    def take_back(self):
        self._labels, self._spare = self._spare, self._labels

    def map(self, function):
        for block in self.blocks:
            yield sent(sent(function)(block))

    def fold(self, function, labels=None):
        every = self.labels if labels is None else labels
        return fold(
            sent(sent(function)(block, every[block.start : block.stop].copy())) for block in self.blocks
        )

    def keep(self, prepare):
        return Kept(self.blocks.spans, prepare)


class Kept:
    def __init__(self, blocks, prepare):
        self.blocks = blocks
        self.prepare = prepare
        self.kept = {}

    def run(self, block, function):
        if block.index not in self.kept:
            self.kept[block.index] = self.prepare(block, in_turn)
        return function(block, self.kept[block.index])

    def map(self, function):
        for block in self.blocks:
            yield sent(self.run(block, sent(function)))

    def at(self, index, function):
        return sent(self.run(self.blocks[index], sent(function)))
