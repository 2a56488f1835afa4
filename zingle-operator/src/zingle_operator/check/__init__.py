"""`zingle-sync check`, one module per side that is looked at."""
