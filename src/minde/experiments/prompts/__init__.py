"""What a prompt tells of an image (Figures 9 and 10)."""
