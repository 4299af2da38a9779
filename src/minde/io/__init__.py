"""Files: written whole or not at all, checkpoints without pickle, the user's tables."""
