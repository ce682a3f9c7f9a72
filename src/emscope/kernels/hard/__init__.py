"""Rows that belong to one center each: the kernels of k-means."""
