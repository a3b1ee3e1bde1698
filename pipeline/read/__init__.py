"""Readers: one for each kind of source, each yielding records in the order of the file."""
