"""The dataset card: README.md, which the Hugging Face hub shows and the library datasets reads."""
