"""What answers below `/services/data/vNN.0`."""
