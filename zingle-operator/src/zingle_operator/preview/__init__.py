"""`zingle-sync preview`."""
