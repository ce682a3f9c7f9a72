"""What is in a table: cells, columns, their names, and what is said of them."""
