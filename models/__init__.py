"""Tables and statements. Every statement of the program stands in this room or in `tickets/storage`."""
