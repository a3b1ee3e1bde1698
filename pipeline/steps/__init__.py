"""The steps of a build: text, notes, cluster, decide, emit."""
