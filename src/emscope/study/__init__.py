"""Many fits, asked one question; each answer is a result with its sentence, its table and its doubt."""
