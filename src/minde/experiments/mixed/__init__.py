"""Columns of mixed kinds with a known truth."""
