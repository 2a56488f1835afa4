"""`zingle-sync status`."""
