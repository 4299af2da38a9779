"""Tables of random kinds of columns, whose truth is known: how often intervals of 95% hold it.

Usage: .venv/bin/python benchmarks/random_tables.py [--first 0] [--draws 40] [--rows 300 1000]
           [--given | --interaction]

Each table is drawn column after column: the law of a column, of a random kind (counts, labels,
grades, censored or with zeros, rounded, skewed, with edges, an angle, in clusters), depends on
those before by a random function of each, of random strength, which may be nothing. So the density
of Y given X (and Z) is known, that of Y alone (or given Z) is its mean over draws of X, and the
information is the mean over draws of the logarithm of their ratio. Columns are then shown as people
have them: on other scales, as text. Printed per table: kinds, truth, estimate, interval; at last
how many hold. What ``minde.estimators.unlearned`` adds was settled on tables from 1,000 on.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

import minde
from minde.types import Array

Rng = np.random.Generator
#: Rows that the truth is a mean over, and of X in the density of Y alone.
OUTER, INNER = 8000, 6000
#: What a column makes of one before it.
SHAPES: dict[str, Callable[[Array], Array]] = {
    "line": lambda v: v,
    "square": lambda v: v**2 - 1.0,
    "bend": lambda v: np.maximum(v, 0.0),
    "wave": lambda v: np.sin(2.5 * v),
    "step": lambda v: np.sign(v - 0.4),
}
STRENGTHS = (0.0, 0.4, 0.8, 1.5)
CUTS = np.array([-1.2, -0.4, 0.4, 1.2])
SLOPES = np.array([-1.5, -0.3, 0.5, 1.3])


@dataclass(frozen=True)
class Kind:
    """A law of a column by a signal s.

    Attributes:
        draw: Values of a signal.
        log_p: Their log density or probability; values and signals broadcast.
        read: Values on a scale of about one, as columns after it see them.
        show: As people have it.
    """

    draw: Callable[[Array, Rng], Array]
    log_p: Callable[[Array, Array], Array]
    read: Callable[[Array], Array] = lambda v: v
    show: Callable[[Array], Array] = lambda v: v


def labels(logits: Callable[[Array], Array], show: Callable[[Array], Array]) -> Kind:
    """Levels, of log weights (..., levels) by the signal."""

    def draw(s: Array, g: Rng) -> Array:
        weights = logits(s)
        return np.argmax(weights + g.gumbel(size=weights.shape), axis=-1).astype(float)

    def log_p(v: Array, s: Array) -> Array:
        weights = special.log_softmax(logits(s), axis=-1)
        place = np.broadcast_to(v, weights.shape[:-1]).astype(int)
        return np.take_along_axis(weights, place[..., None], -1)[..., 0]

    levels = logits(np.zeros(1)).shape[-1]
    return Kind(draw, log_p, lambda v: (v - (levels - 1) / 2.0) / (0.3 * levels), show)


def grades(s: Array) -> Array:
    """Log probabilities of five grades, a cumulative logit."""
    up_to = special.expit(CUTS - 1.5 * s[..., None])
    edges = np.concatenate([np.zeros_like(up_to[..., :1]), up_to, np.ones_like(up_to[..., :1])], -1)
    return np.log(np.maximum(np.diff(edges, axis=-1), 1e-300))


def with_zeros() -> Kind:
    """Nothing, or a skewed amount."""

    def log_p(v: Array, s: Array) -> Array:
        amount = stats.norm.logpdf(np.log(np.maximum(v, 1e-300)), 0.7 * s, 0.8)
        return np.where(v == 0.0, special.log_expit(-s), special.log_expit(s) + amount)

    def draw(s: Array, g: Rng) -> Array:
        amount = np.exp(0.7 * s + 0.8 * g.normal(size=s.shape))
        return np.where(g.random(s.shape) < special.expit(s), amount, 0.0)

    return Kind(draw, log_p, lambda v: np.log1p(v) - 0.5, lambda v: np.round(v, 6))


def censored() -> Kind:
    """Below a limit of detection the limit is given."""

    def log_p(v: Array, s: Array) -> Array:
        at = np.broadcast_arrays(v, s)[0] == -0.5
        return np.where(at, stats.norm.logcdf(-0.5 - s), stats.norm.logpdf(v - s))

    return Kind(lambda s, g: np.maximum(s + g.normal(size=s.shape), -0.5), log_p)


def rounded(to: float) -> Kind:
    """A normal law, rounded."""

    def log_p(v: Array, s: Array) -> Array:
        low, high = v - s - to / 2.0, v - s + to / 2.0
        return np.log(np.maximum(special.ndtr(high) - special.ndtr(low), 1e-300))

    return Kind(lambda s, g: to * np.round((s + g.normal(size=s.shape)) / to), log_p)


def angle() -> Kind:
    """Around a circle, in degrees from 0 to 360."""
    return Kind(
        lambda s, g: np.mod(1.2 * s + g.vonmises(0.0, 2.0, size=s.shape), 2.0 * math.pi),
        lambda v, s: stats.vonmises.logpdf(v - 1.2 * s, 2.0),
        lambda v: 1.4 * np.sin(v),
        np.degrees,
    )


def clusters() -> Kind:
    """One of two clusters far apart, by the signal."""
    near = 0.2

    def log_p(v: Array, s: Array) -> Array:
        side = np.sign(v)
        return special.log_expit(2.0 * side * s) + stats.norm.logpdf(v, side * 1.5, near)

    def draw(s: Array, g: Rng) -> Array:
        side = np.where(g.random(s.shape) < special.expit(2.0 * s), 1.0, -1.0)
        return 1.5 * side + near * g.normal(size=s.shape)

    return Kind(draw, log_p, lambda v: v / 1.5)


def gamma(shape: float, show: Callable[[Array], Array] = lambda v: v) -> Kind:
    """Times of a rate."""
    return Kind(
        lambda s, g: g.gamma(shape, size=s.shape) * np.exp(-s),
        lambda v, s: stats.gamma.logpdf(v * np.exp(s), shape) + s,
        lambda v: np.log(v) / 1.2,
        show,
    )


def counts(rate: float) -> Kind:
    """Poisson."""
    return Kind(
        lambda s, g: g.poisson(rate * np.exp(0.7 * s)).astype(float),
        lambda v, s: stats.poisson.logpmf(v, rate * np.exp(0.7 * s)),
        lambda v: (np.sqrt(v) - math.sqrt(rate)) / 0.6,
    )


KINDS: dict[str, Kind] = {
    "normal": Kind(lambda s, g: s + g.normal(size=s.shape), lambda v, s: stats.norm.logpdf(v - s)),
    "spread": Kind(
        lambda s, g: np.exp(0.6 * s) * g.normal(size=s.shape),
        lambda v, s: stats.norm.logpdf(v * np.exp(-0.6 * s)) - 0.6 * s,
        lambda v: np.clip(v, -4.0, 4.0),
    ),
    "tails": Kind(
        lambda s, g: s + g.standard_t(2.5, size=s.shape),
        lambda v, s: stats.t.logpdf(v - s, 2.5),
        lambda v: np.clip(v, -4.0, 4.0),
    ),
    "price": Kind(
        lambda s, g: s + g.normal(size=s.shape),
        lambda v, s: stats.norm.logpdf(v - s),
        show=lambda v: np.round(100.0 * np.exp(1.5 * v), 2),
    ),
    "time": gamma(1.0),
    "shares": gamma(2.0, lambda v: v / (1.0 + v)),
    "edge": Kind(
        lambda s, g: np.exp(-s) * g.uniform(size=s.shape),
        lambda v, s: np.where(v < np.exp(-s), s, -700.0),
        lambda v: np.log(v) / 1.3 + 0.7,
    ),
    "few counts": counts(1.0),
    "counts": counts(12.0),
    "yes or no": labels(
        lambda s: np.stack([-s, s], -1),
        lambda v: np.array(["no", "yes"])[v.astype(int)],
    ),
    "rare": labels(lambda s: np.stack([np.full_like(s, 3.0), 1.5 * s], -1), lambda v: v > 0.0),
    "grades": labels(grades, lambda v: v + 1.0),
    "names": labels(
        lambda s: SLOPES * s[..., None] + np.array([0.0, 0.5, 0.3, -0.7]),
        lambda v: np.array(["north", "south", "east", "west"])[v.astype(int)],
    ),
    "zeros": with_zeros(),
    "censored": censored(),
    "rounded": rounded(0.25),
    "angle": angle(),
    "clusters": clusters(),
}


@dataclass(frozen=True)
class Column:
    """A kind, and by column before it what it makes of that: a shape and a strength."""

    kind: str
    sees: tuple[tuple[str, float], ...]

    def signal(self, read: Sequence[Array]) -> Array:
        """Of the columns before, as they are read."""
        parts = [a * SHAPES[f](v) for (f, a), v in zip(self.sees, read, strict=True)]
        return np.clip(sum(parts, np.zeros_like(read[0]) if read else 0.0), -3.0, 3.0)


@dataclass(frozen=True)
class Table:
    """Z, then X, then Y; each column sees those of the variables before its own."""

    z: tuple[Column, ...]
    x: tuple[Column, ...]
    y: tuple[Column, ...]

    def draw(self, n: int, g: Rng) -> dict[str, list[Array]]:
        """Values by variable."""
        found: dict[str, list[Array]] = {}
        found["z"] = drawn(self.z, [], n, g)
        found["x"] = drawn(self.x, read(self.z, found["z"]), n, g)
        before = read(self.z, found["z"]) + read(self.x, found["x"])
        found["y"] = drawn(self.y, before, n, g)
        return found

    def truth(self, g: Rng) -> tuple[float, float]:
        """I(X; Y), or given Z if there is one, and its standard error, nats."""
        rows = self.draw(OUTER, g)
        of_z, of_x = read(self.z, rows["z"]), read(self.x, rows["x"])
        given = log_p(self.y, rows["y"], of_z + of_x)
        pool = [] if self.z else read(self.x, self.draw(INNER, g)["x"])
        alone = np.empty(OUTER)
        for at in np.array_split(np.arange(OUTER), OUTER // 50):
            wide = (len(at), INNER)
            zs = [np.broadcast_to(v[at, None], wide) for v in of_z]
            xs = [np.broadcast_to(v, wide) for v in pool]
            if self.z:
                xs = read(self.x, drawn(self.x, zs, wide, g))
            alone[at] = log_mean(log_p(self.y, [v[at, None] for v in rows["y"]], zs + xs))
        told = given - alone
        return max(0.0, float(told.mean())), float(told.std() / math.sqrt(OUTER))

    def interaction(self, g: Rng) -> tuple[float, float]:
        """I(X; Y) - I(X; Y | Z) and its standard error, nats."""
        rows, pool = self.draw(OUTER, g), self.draw(INNER, g)
        of_z, of_x = read(self.z, rows["z"]), read(self.x, rows["x"])
        given = log_p(self.y, rows["y"], of_z + of_x)
        told = np.empty(OUTER)
        for at in np.array_split(np.arange(OUTER), OUTER // 50):
            wide = (len(at), INNER)
            own = {k: [v[at, None] for v in rows[k]] for k in "xy"}
            zs, xs = (
                [np.broadcast_to(v, wide) for v in read(columns, pool[k])]
                for columns, k in ((self.z, "z"), (self.x, "x"))
            )
            z_here, x_here = (
                [np.broadcast_to(v[at, None], wide) for v in of] for of in (of_z, of_x)
            )
            x_given = read(self.x, drawn(self.x, z_here, wide, g))
            of_own = log_p(self.x, own["x"], zs)
            together = log_mean(of_own + log_p(self.y, own["y"], zs + x_here))
            x_alone, y_alone = log_mean(of_own), log_mean(log_p(self.y, own["y"], zs + xs))
            y_given = log_mean(log_p(self.y, own["y"], z_here + x_given))
            told[at] = together - x_alone - y_alone - (given[at] - y_given)
        return float(told.mean()), float(told.std() / math.sqrt(OUTER))


def log_mean(log_densities: Array) -> Array:
    """Logarithm of the mean over draws, (rows, draws), of densities."""
    return special.logsumexp(log_densities, axis=1) - math.log(log_densities.shape[1])


def drawn(
    columns: Sequence[Column], before: Sequence[Array], n: int | tuple[int, int], g: Rng
) -> list[Array]:
    """Values of the columns of a variable."""
    signals = [c.signal(before) if before else np.zeros(n) for c in columns]
    return [KINDS[c.kind].draw(s, g) for c, s in zip(columns, signals, strict=True)]


def read(columns: Sequence[Column], values: Sequence[Array]) -> list[Array]:
    """Values as columns after them see them."""
    return [KINDS[c.kind].read(v) for c, v in zip(columns, values, strict=True)]


def log_p(columns: Sequence[Column], values: Sequence[Array], before: Sequence[Array]) -> Array:
    """Log density of a variable's values by the columns before."""
    each = [KINDS[c.kind].log_p(v, c.signal(before)) for c, v in zip(columns, values, strict=True)]
    return sum(each[1:], each[0])


def table(g: Rng, given: bool) -> Table:
    """A random one."""

    def some(before: int) -> tuple[Column, ...]:
        return tuple(
            Column(
                str(g.choice(list(KINDS))),
                tuple(
                    (str(g.choice(list(SHAPES))), float(g.choice(STRENGTHS))) for _ in range(before)
                ),
            )
            for _ in range(g.choice([1, 1, 2]))
        )

    z = some(0) if given else ()
    x = some(len(z))
    return Table(z, x, some(len(z) + len(x)))


def frame(columns: Sequence[Column], values: Sequence[Array], name: str) -> pd.DataFrame:
    """As people have it."""
    return pd.DataFrame(
        {
            f"{name}{k}": KINDS[c.kind].show(v)
            for k, (c, v) in enumerate(zip(columns, values, strict=True))
        }
    )


def main() -> None:
    """Print a line per table and number of rows, and how many intervals hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--given", action="store_true", help="I(X; Y | Z)")
    parser.add_argument("--interaction", action="store_true", help="I(X; Y) - I(X; Y | Z)")
    args = parser.parse_args()
    held: dict[int, list[bool]] = {n: [] for n in args.rows}
    heads = ("table", "rows", "Z", "X", "Y", "truth", "value", "interval", "s")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for seed in range(args.first, args.first + args.draws):
        law = table(np.random.default_rng(seed), args.given or args.interaction)
        truth_of = law.interaction if args.interaction else law.truth
        truth, error = truth_of(np.random.default_rng((seed, 1)))
        names = [", ".join(c.kind for c in each) for each in (law.z, law.x, law.y)]
        for n in args.rows:
            rows = law.draw(n, np.random.default_rng((seed, 2)))
            z, x, y = (frame(getattr(law, k), rows[k], k) for k in "zxy")
            begun = time.perf_counter()
            if args.interaction:
                found = minde.interaction_information(x, y, z)
            elif args.given:
                found = minde.conditional_mutual_information(x, y, z)
            else:
                found = minde.MINDE().fit(x, y).mutual_information()
            low, high = found.interval
            # What the truth is off by chance is no fault of the interval.
            inside = low - 2.0 * error - 1e-6 <= truth <= high + 2.0 * error + 1e-6
            held[n].append(inside)
            marks = "" if inside else " **missed**"
            print(
                f"| {seed} | {n} | {' | '.join(names)} | {truth:.3f} | {found.value:.3f} | "
                f"[{low:.3f}, {high:.3f}]{marks} | {time.perf_counter() - begun:.0f} |",
                flush=True,
            )
    for n, each in held.items():
        print(f"{n} rows: {sum(each)} of {len(each)} intervals hold")


if __name__ == "__main__":
    main()
