"""What is declared: schemas, languages, limits, models, sources, the build record, errors."""
