"""Singer target that matches and upserts people as Zingle contacts."""
