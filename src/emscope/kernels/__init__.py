"""The hot loops: serial, one block at a time, knowing nothing of the rest of the package."""
