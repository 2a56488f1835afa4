"""How the pipelines stand, judged from the sync log."""
