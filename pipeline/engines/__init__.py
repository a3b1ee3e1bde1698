"""Where tasks run: in this process, in local processes, on Ray. All run the same function and give the same bytes."""
