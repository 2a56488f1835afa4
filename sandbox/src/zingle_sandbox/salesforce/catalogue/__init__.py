"""The objects of the simulated org, one line a field."""
