"""Which language and which script: Unicode properties, words, models, identification."""
