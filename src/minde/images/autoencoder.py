"""Deterministic autoencoders of small grey images."""

from __future__ import annotations

from torch import Tensor, nn

from minde.errors import ConfigError

#: Channels of the two convolutions.
CHANNELS = (32, 64)


class Autoencoder(nn.Module):
    """Encoder to ``latent`` numbers and decoder back to pixels in [0, 1].

    Arguments:
        kind: ``mlp``, one hidden layer each way as in the paper's public code, or ``conv``, two
            convolutions of stride 2 as well, before it in the encoder and after it in the decoder.
        side: Pixels along a side; a multiple of 4 for ``conv``.
        latent: Size of the code.
        hidden: Width of the hidden layer.

    Raises:
        ConfigError: On an unknown kind.
    """

    def __init__(self, kind: str, side: int, latent: int, hidden: int) -> None:
        super().__init__()
        pixels = side * side
        if kind == "mlp":
            self.encoder = nn.Sequential(
                nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, latent)
            )
            self.decoder = nn.Sequential(
                nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels), nn.Sigmoid()
            )
        elif kind == "conv":
            few, many = CHANNELS
            size = many * (side // 4) ** 2
            self.encoder = nn.Sequential(
                nn.Unflatten(1, (1, side)),
                nn.Conv2d(1, few, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Conv2d(few, many, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(size, hidden),
                nn.ReLU(),
                nn.Linear(hidden, latent),
            )
            self.decoder = nn.Sequential(
                nn.Linear(latent, hidden),
                nn.ReLU(),
                nn.Linear(hidden, size),
                nn.ReLU(),
                nn.Unflatten(1, (many, side // 4, side // 4)),
                nn.ConvTranspose2d(many, few, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.ConvTranspose2d(few, 1, 4, stride=2, padding=1),
                nn.Flatten(),
                nn.Sigmoid(),
            )
        else:
            raise ConfigError(f"autoencoder: kind must be mlp or conv, got '{kind}'")
        self.side = side

    def encode(self, images: Tensor) -> Tensor:
        """Codes, (n, latent), of images in [0, 1], (n, side, side)."""
        code: Tensor = self.encoder(images)
        return code

    def decode(self, codes: Tensor) -> Tensor:
        """Images, (n, side, side), of codes."""
        images: Tensor = self.decoder(codes)
        return images.view(-1, self.side, self.side)

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions."""
        return self.decode(self.encode(images))


def scaled(pixels: Tensor) -> Tensor:
    """Bytes as numbers in [0, 1]: black is 0, which the sigmoid can reach."""
    return pixels.float() / 255.0
