"""Where rows come from: files and DataFrames, as numbers, with a report of what was left out."""
