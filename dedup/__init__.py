"""Have we it already: normal form, signatures, clusters, the canonical of a cluster."""
