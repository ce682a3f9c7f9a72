"""Engines: they map a function over the blocks and fold what comes back in a fixed order."""
