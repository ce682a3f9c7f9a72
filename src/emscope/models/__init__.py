"""Models: an expectation step, a maximization step and an objective, as pure functions."""
