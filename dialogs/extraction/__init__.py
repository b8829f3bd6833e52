"""Extract the facts of one text: phones and their owners, names of people, missed resources. Pure."""
