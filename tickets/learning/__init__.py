"""What the classifier may learn from people's corrections, without anything personal. Pure."""
