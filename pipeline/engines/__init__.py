"""Where tasks run: in this process, in local processes, on Ray."""
