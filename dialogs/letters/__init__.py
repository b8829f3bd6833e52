"""Letters: answer each with one complete reply, ask for missing details once. Pure."""
