"""The archive of published estimates: what is expected of it, merged into it and drawn from it."""
