"""Every row belongs to one center, by its label: the kernels of k-means."""
