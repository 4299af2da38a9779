"""Discrete variables: Shannon entropy, mutual information and KL divergence of counts."""
