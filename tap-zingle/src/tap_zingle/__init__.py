"""Singer tap for Zingle conversations."""
