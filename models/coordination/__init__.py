"""Between processes: wake-ups, which are hints, and leases, which let one process at a time do a thing."""
