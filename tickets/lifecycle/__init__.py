"""Words and rules of tickets: statuses, allowed changes, priorities, deadlines. Pure."""
