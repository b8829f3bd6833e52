"""The knowledge base: YAML files read, checked as a whole, filled with the facts of the company."""
