"""What the corpus command can be asked: parse, call one function, print what it gives."""
