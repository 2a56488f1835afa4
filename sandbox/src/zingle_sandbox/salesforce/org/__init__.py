"""What one org is: its tables, sessions, settings, and the calls that it answers."""
