"""What a write of a row checks, stores and moves elsewhere."""
