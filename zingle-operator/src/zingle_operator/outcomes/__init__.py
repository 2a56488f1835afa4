"""`zingle-sync outcomes`."""
