"""What can be seen from outside: health, metrics, logs. Nothing here waits for a database that hangs."""
