"""What is wanted: records, mappings and the people that they describe. Pure."""
