"""Messages on their way: JSON of inbox events and outbox bodies, texts and buttons, kinds of files. Pure."""
