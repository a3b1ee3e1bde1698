"""Audits: people read a sample of a label and say whether it is in the language."""
