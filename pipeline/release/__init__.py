"""What a finished build says of itself: the manifest, the check of it, and why a document went where it went."""
