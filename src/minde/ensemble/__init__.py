"""Trained ensembles: what they know, how they are blended, stored and trained."""
