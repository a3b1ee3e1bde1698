"""Publishing: a build copied to a folder, to S3 or to the Hugging Face hub, and kept the same there."""
