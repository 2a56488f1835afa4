"""Token endpoint, SOAP log-in, and who the caller is."""
