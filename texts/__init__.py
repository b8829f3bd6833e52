"""Sentences that residents read, in Fluent: Russian first, English second."""
