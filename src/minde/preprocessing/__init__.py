"""Maps of each coordinate, fitted on the training rows alone."""
