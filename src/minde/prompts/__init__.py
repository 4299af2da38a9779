"""What a prompt tells of an image, read off a conditional diffusion model (Eq. 26-29)."""
