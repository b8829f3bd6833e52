"""The entry that answers a question, or silence; and what in a base keeps askers from their answers."""
