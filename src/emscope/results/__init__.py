"""What studies find, as plain arrays: each with its sentence, its table, and how both are shown."""
