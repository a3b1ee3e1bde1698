"""The sample that ships with the package: what `corpus build` reads when no source is named."""
