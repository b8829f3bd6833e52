"""A person takes a conversation over from the bot and gives it back; calls by phone. No pages."""
