"""Rows to cluster, real and generated."""
