"""From configuration, describes and state to queries and columns; nothing here does I/O."""
