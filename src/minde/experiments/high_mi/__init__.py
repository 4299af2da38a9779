"""High mutual information (Figure 1)."""
