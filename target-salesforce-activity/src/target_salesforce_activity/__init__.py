"""Singer target that upserts Zingle conversation days as Salesforce Tasks."""
