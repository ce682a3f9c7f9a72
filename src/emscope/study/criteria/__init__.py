"""Criteria for the number of clusters: what each asks, what it assumes, and how it is computed."""
