"""Images and their codes: digits, MNIST, autoencoders."""
