"""What the administrator's commands do, in a running program through its socket, or beside it."""
