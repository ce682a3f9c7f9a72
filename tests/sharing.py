"""A way to share work out that no result may depend on."""

import itertools


def cut_at(cuts):
    """Return what shares work in ranges that end at given places, and takes the last range first."""

    def share(function, n):
        bounds = [0, *sorted(cut % n for cut in cuts), n]
        ranges = [(first, stop) for first, stop in itertools.pairwise(bounds) if first < stop]
        return [function(*own) for own in reversed(ranges)][::-1]

    return share
