"""One HTML page about the pipelines, from the sync log alone."""
