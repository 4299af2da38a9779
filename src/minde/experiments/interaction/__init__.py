"""Interaction and O-information (Figure 11)."""
