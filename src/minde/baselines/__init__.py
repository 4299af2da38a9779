"""Other estimators of mutual information, behind one adapter."""
