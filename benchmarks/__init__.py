"""How long emscope takes, beside every other k-means that is installed, measured in the same run."""
