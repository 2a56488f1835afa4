"""What is decided: who a record is in Zingle, and what differs. Pure."""
