"""Mutual information, KL divergence and entropy from the scores of diffusion models (MINDE).

References:
    Franzese, Bounoua, Michiardi, MINDE: Mutual Information Neural Diffusion Estimation, ICLR 2024.
"""

from minde._version import __version__

__all__ = ["__version__"]
