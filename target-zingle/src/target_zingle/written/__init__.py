"""What is written: bodies, calls, and what their refusals mean."""
