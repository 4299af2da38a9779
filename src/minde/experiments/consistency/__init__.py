"""Self-consistency on images (Figure 2)."""
