"""The operator's command line: `zingle-sync`."""
