"""SOQL: text to tokens to a tree (`parse`), the tree to SQLite (`compile`), rows to JSON."""
