"""Few rows: all that a user has."""
