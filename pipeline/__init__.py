"""From sources to shards: the only package that touches files, processes and the network."""
