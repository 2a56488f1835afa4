"""`zingle-sync report`."""
