"""`zingle-sync takeover`."""
