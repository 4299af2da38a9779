"""Maps of each coordinate, fitted on the training split alone."""

from minde.preprocessing.transforms import Copula, Identity, Standardize, Transform, make_transform

__all__ = ["Copula", "Identity", "Standardize", "Transform", "make_transform"]
