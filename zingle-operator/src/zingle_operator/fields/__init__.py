"""`zingle-sync fields`."""
