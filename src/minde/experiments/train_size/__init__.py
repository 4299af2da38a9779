"""Training sizes (Figures 5 to 8)."""
