r"""Numbers and the still picture of the page "MINDE in one picture", from scores in closed form.

A label Y is one of three, and X given Y is Gaussian, so noisy X is a mixture of Gaussians at every
noise level: scores, guesses and what is known of X follow in closed form, means over noisy X by
quadrature. With the noise-to-signal ratio :math:`r = \sigma_t / \alpha_t` and errors of the best
guesses of X without and with Y,

.. math::
    I(X; Y) = \int \frac{\mathrm{mmse}(r) - \mathrm{mmse}_Y(r)}{r^2} \, d\log r .

`make picture` writes ``docs/picture/data.js`` and ``docs/images/picture.png``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
import torch

from minde import scores

DOCS = Path(__file__).resolve().parents[1]
MEANS, WIDTH, LABELS = torch.tensor([-1.6, 0.2, 1.4], dtype=torch.float64), 0.45, "ABC"
SCHEDULE = scores.VPSchedule()
#: Noise-to-signal ratios of the slider, and of the estimates beside the curve.
RATIOS = torch.logspace(-1.6, 1.6, 65, dtype=torch.float64)
CHECKED = (0.15, 0.3, 0.6, 1.2, 2.5, 12.0)
ROWS = 4000


def time_of(ratio: torch.Tensor) -> torch.Tensor:
    """Diffusion times at noise-to-signal ratios."""
    return SCHEDULE.time_of_log_snr(-2.0 * ratio.log())


def shares(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Probability of each label given noisy rows x_t (..., 1), shape (..., 3)."""
    alpha, sigma = SCHEDULE.alpha(t)[..., None], SCHEDULE.sigma(t)[..., None]
    variance = (alpha * WIDTH) ** 2 + sigma**2
    return torch.softmax(-0.5 * (x_t - alpha * MEANS) ** 2 / variance, dim=-1)


def scores_by_label(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Score of noisy X given each label, of rows x_t (..., 1), shape (..., 3)."""
    alpha, sigma = SCHEDULE.alpha(t)[..., None], SCHEDULE.sigma(t)[..., None]
    return -(x_t - alpha * MEANS) / ((alpha * WIDTH) ** 2 + sigma**2)


def marginal(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Score of noisy X, as ``minde.scores`` asks for it."""
    return (shares(x_t, t) * scores_by_label(x_t, t)).sum(-1, keepdim=True)


def conditional(x_t: torch.Tensor, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Score of noisy X given y, likewise."""
    return scores_by_label(x_t, t).gather(-1, y.long())


def guess(x_t: torch.Tensor, t: torch.Tensor, score: torch.Tensor) -> torch.Tensor:
    """The best guess of X: Tweedie's formula."""
    return (x_t + SCHEDULE.sigma(t)[..., None] ** 2 * score) / SCHEDULE.alpha(t)[..., None]


def errors(ratio: torch.Tensor) -> tuple[float, float]:
    """Mean squared errors of the best guess of X at one ratio: without and with Y."""
    t = time_of(ratio)
    alpha, sigma = SCHEDULE.alpha(t), SCHEDULE.sigma(t)
    width = ((alpha * WIDTH) ** 2 + sigma**2).sqrt()
    edge = alpha * MEANS.abs().max() + 9.0 * width
    x_t = torch.linspace(-float(edge), float(edge), 4001, dtype=torch.float64)[:, None]
    normal = torch.exp(-0.5 * ((x_t - alpha * MEANS) / width) ** 2) / width
    density = normal.sum(-1)
    at = t.expand(len(x_t))
    both = scores_by_label(x_t, at)
    apart = (guess(x_t, at, marginal(x_t, at)) - guess(x_t, at, both)) ** 2
    apart = (shares(x_t, at) * apart).sum(-1)
    with_y = float(1.0 / (1.0 / WIDTH**2 + 1.0 / ratio**2))
    return with_y + float((density * apart).sum() / density.sum()), with_y


def case(label: int, x: float, noise: float) -> dict[str, Any]:
    """What is known of one X at every level: shares, means and widths of the labels' normals."""
    t = time_of(RATIOS)
    x_t = (SCHEDULE.alpha(t) * x + SCHEDULE.sigma(t) * noise)[:, None]
    y = torch.full_like(x_t, label)
    return {
        "y": LABELS[label],
        "x": x,
        "seen": rounded((x_t / SCHEDULE.alpha(t)[:, None])[:, 0]),
        "shares": rounded(shares(x_t, t)),
        "centres": rounded(guess(x_t, t, scores_by_label(x_t, t))),
        "guess": rounded(guess(x_t, t, marginal(x_t, t))[:, 0]),
        "guess_y": rounded(guess(x_t, t, conditional(x_t, t, y))[:, 0]),
    }


def information() -> float:
    """I(X; Y) as the mean log ratio of densities, by quadrature."""
    x = torch.linspace(-6.0, 6.0, 20001, dtype=torch.float64)[:, None]
    normal = torch.exp(-0.5 * ((x - MEANS) / WIDTH) ** 2)
    ratio = torch.log(normal / normal.mean(-1, keepdim=True))
    return float((normal * ratio).nan_to_num().sum() / normal.sum())


def checks() -> list[dict[str, float]]:
    """``minde.scores.remaining_information`` on drawn rows, at some ratios."""
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(0, 3, (ROWS, 1), generator=generator)
    noise = torch.randn(ROWS, 1, generator=generator, dtype=torch.float64)
    x, found = MEANS[y] + WIDTH * noise, []
    for ratio in CHECKED:
        tau = float(time_of(torch.tensor(ratio, dtype=torch.float64)))
        estimate = scores.remaining_information(conditional, marginal, x, y, SCHEDULE, tau)
        low, high = estimate.interval
        found.append({"ratio": ratio, "value": estimate.value, "low": low, "high": high})
    return found


def rounded(values: torch.Tensor) -> list[Any]:
    """To four places."""
    return np.round(values.numpy(), 4).tolist()


def picture() -> dict[str, Any]:
    """All numbers of the picture."""
    pairs = torch.tensor([errors(r) for r in RATIOS], dtype=torch.float64)
    integrand = (pairs[:, 0] - pairs[:, 1]) / RATIOS**2
    parts = torch.cumulative_trapezoid(integrand, RATIOS.log())
    # Below the smallest ratio the integrand goes with its square.
    total = 0.5 * integrand[0] + torch.cat([torch.zeros(1, dtype=torch.float64), parts])
    return {
        "ratios": rounded(RATIOS),
        "widths": rounded((1.0 / (1.0 / WIDTH**2 + 1.0 / RATIOS**2)).sqrt()),
        "error": rounded(pairs[:, 0]),
        "error_y": rounded(pairs[:, 1]),
        "integrand": rounded(integrand),
        "sum": rounded(total),
        "truth": round(information(), 4),
        "means": MEANS.tolist(),
        "width": WIDTH,
        "cases": [case(0, -1.25, 0.9), case(1, 0.55, 0.6), case(2, 1.2, -0.8)],
        "checks": [{k: round(v, 4) for k, v in row.items()} for row in checks()],
    }


def draw(data: dict[str, Any], path: Path) -> None:
    """The picture that stands still: three levels, the integrand and its sum."""
    mpl.use("Agg")
    sns.set_theme(context="paper", style="ticks")
    blue, orange = sns.color_palette("colorblind")[:2]
    figure, grid = plt.subplot_mosaic("aabbcc;dddeee", figsize=(7.5, 4.6), layout="constrained")
    one, x = data["cases"][0], np.linspace(-3.2, 3.2, 600)
    for name, ratio in zip("abc", (0.25, 1.0, 4.0), strict=True):
        k = int(np.abs(np.log(data["ratios"]) - np.log(ratio)).argmin())
        axes, width = grid[name], data["widths"][k]
        normals = np.exp(-0.5 * ((x[:, None] - one["centres"][k]) / width) ** 2) / width
        known, known_y = normals @ one["shares"][k], normals[:, "ABC".index(one["y"])]
        for values, colour, text in ((known, blue, "without Y"), (known_y, orange, "with Y")):
            axes.fill_between(x, values, alpha=0.3, color=colour, linewidth=0)
            axes.plot(x, values, color=colour, label=text)
        axes.axvline(one["x"], color="black", linestyle=":", label="the true X")
        axes.set(title=f"noise {data['ratios'][k]:.2g} times X", yticks=[], xlabel="X")
        sns.despine(ax=axes, left=True)
    grid["a"].legend(frameon=False, loc="upper right")
    names = ("what Y adds at each noise", "summed over less noise (nats)")
    for name, key, title in zip("de", ("integrand", "sum"), names, strict=True):
        axes = grid[name]
        axes.plot(data["ratios"], data[key], color="black")
        axes.set(xscale="log", title=title, xlabel="noise σ/α", ylim=(0, None))
        sns.despine(ax=axes)
    grid["d"].fill_between(data["ratios"], data["integrand"], color="0.85")
    grid["e"].axhline(data["truth"], linestyle="--", color="0.4")
    ratios, values, low, high = (
        np.array([c[k] for c in data["checks"]]) for k in ("ratio", "value", "low", "high")
    )
    grid["e"].errorbar(ratios, values, [values - low, high - values], fmt="o", color="0.3", ms=3)
    figure.savefig(path, dpi=200)
    plt.close(figure)


if __name__ == "__main__":
    found = picture()
    text = json.dumps(found, separators=(",", ":"))
    (DOCS / "picture/data.js").write_text(f"window.mindePicture = {text};\n")
    draw(found, DOCS / "images/picture.png")
