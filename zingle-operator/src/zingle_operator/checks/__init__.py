"""What `zingle-sync check` looks at, one module per side."""
