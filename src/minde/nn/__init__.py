"""Packed networks: E copies of one shape as stacked tensors."""
