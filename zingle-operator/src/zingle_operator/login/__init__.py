"""`zingle-sync login`: get a grant or a token, and keep it where the plugins find it."""
