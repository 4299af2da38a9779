"""The array type of samples; imports nothing internal."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
