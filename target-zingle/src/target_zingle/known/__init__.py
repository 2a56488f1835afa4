"""What is known: Zingle's contacts, findable by every key, and records that are gone."""
