"""Rules of delivery: when to try again, how fast to send, what waits for the morning. Pure."""
