"""What the console reads. Nothing here changes a row."""
