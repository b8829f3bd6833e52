"""Problem and emergency of a text: rules first, then what was learned from examples. Pure once built."""
