"""From a page to its text: charset, bounds, and the table of extractors."""
