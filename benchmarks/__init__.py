"""Races between emscope and its peers."""

from benchmarks.environment import unset_openblas

UNSET = unset_openblas()
"""What was unset of the environment, before anything that reads it was imported."""
