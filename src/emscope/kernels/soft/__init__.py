"""Rows shared by all components: the kernels of Gaussian mixtures."""
