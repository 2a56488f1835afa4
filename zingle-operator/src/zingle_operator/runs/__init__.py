"""`zingle-sync runs`."""
