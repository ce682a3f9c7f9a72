"""The distances of rows while centers are chosen one after the other."""
