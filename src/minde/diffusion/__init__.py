"""Forward diffusion of several variables, each diffused, clean or absent."""
