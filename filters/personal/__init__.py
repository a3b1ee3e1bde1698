"""How each kind of personal data is told from what only looks like it."""
