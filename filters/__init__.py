"""Is it worth keeping: signals, rules, limits, repair, personal data."""
