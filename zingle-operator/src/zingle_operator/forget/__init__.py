"""`zingle-sync forget`."""
