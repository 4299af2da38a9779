"""Jobs, batches and the one loop that trains them, all members side by side."""
