"""The queues: inbox, outbox, timers, broadcasts. A row is claimed, worked on and settled in transactions."""
