"""Distances kept while centers are chosen one after the other."""
