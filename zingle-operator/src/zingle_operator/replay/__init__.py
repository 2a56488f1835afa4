"""`zingle-sync replay`."""
