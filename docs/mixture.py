"""Draw the book's mixture of Old Faithful: ``python docs/mixture.py`` writes ``docs/mixture.png``.

Two components begin as circles in opposite corners of the standardized data, as in figure 9.8 of
C. M. Bishop, Pattern Recognition and Machine Learning (2006).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image

from emscope import GaussianMixture, datasets, plot

TARGET = Path(__file__).parent / "mixture.png"


def main() -> None:
    """Fit the mixture, and write its panels with the curve of the bound."""
    table = datasets.old_faithful()
    points = np.asarray(table.matrix)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    model = GaussianMixture(
        2,
        weights_init=[0.5, 0.5],
        means_init=[[-1.5, 1.0], [1.5, -1.0]],
        precisions_init=[2 * np.eye(2)] * 2,
        tol=1e-13,  # long enough for the last of the book's panels
    ).fit(points)
    trace = dataclasses.replace(model.trace_, feature_names=table.feature_names)
    strip = plot.filmstrip(trace, iterations=[0, 1, 2, 5, 20], curve=True)
    strip.savefig(TARGET, dpi=110)
    with Image.open(TARGET) as picture:
        few = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
