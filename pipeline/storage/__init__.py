"""Where a build lies: a folder, a bucket of S3, or whatever pyarrow or fsspec can write to."""
