"""Every row belongs to all components, by its responsibilities: the kernels of Gaussian mixtures."""
