"""`zingle-sync init`: from two log-ins to a Meltano project that `check` calls ready."""
