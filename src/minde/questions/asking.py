"""The questions on a table whose answer is a table or a picture, one function each.

The shell and the workflow ask by these alone: columns by name, then the options of the public
function of the question. Nothing here loads torch before a question is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from minde.errors import InputError
from minde.questions.table import AskedTable

#: Noisy points per row where local values are asked for.
LOCAL_DRAWS = 100


@dataclass(frozen=True)
class Answer:
    """What was found, in the unit that was asked for.

    Attributes:
        ask: The question, a key of :data:`QUESTIONS` and, if a picture is drawn of its records, of
            ``minde.questions.figures.FIGURES``.
        title: What it is of.
        found: What the question's public function gives.
        told: Sentences on the reading of the table.
        sentences: What it says in plain words.
    """

    ask: str
    title: str
    found: Any
    told: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def records(self) -> list[dict[str, Any]]:
        """Rows of a table, all of the same keys."""
        records: list[dict[str, Any]] = self.found.to_records()
        return records

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be careful about, each sentence once."""
        return tuple(dict.fromkeys((*self.told, *self.found.warnings)))


def independence(
    table: AskedTable, x: str, y: str, z: str | None = None, *, unit: str = "nats", **options: Any
) -> Answer:
    """Whether columns are independent, or independent given others."""
    from minde.estimators.independence import independence_test

    patterns = {"x": x, "y": y} | ({} if z is None else {"z": z})
    (first, second, *given), kinds, told = table.variables(patterns)
    if given:
        options["given"] = given[0]
    found = independence_test(first, second, kinds=kinds, **options).to(unit)
    return Answer("test", f"{x} and {y}{_given(z, ' given ')}", found, told, (str(found),))


def transfer(
    table: AskedTable, x: str, y: str, z: str | None = None, *, unit: str = "nats", **options: Any
) -> Answer:
    """Transfer entropy from columns to others, of rows in time."""
    from minde.estimators.lags import transfer_entropy

    patterns = {"x": x, "y": y} | ({} if z is None else {"z": z})
    (first, second, *given), kinds, told = table.variables(patterns)
    if given:
        options["condition"] = given[0]
    found = transfer_entropy(first, second, kinds=kinds, **options)
    return Answer("transfer", f"T({x} -> {y}{_given(z, ' | ')})", found.to(unit), told)


def lags(table: AskedTable, x: str, y: str, *, unit: str = "nats", **options: Any) -> Answer:
    """Mutual information at lags, of rows in time."""
    from minde.estimators.lags import lagged_mutual_information

    samples, kinds, told = table.variables({"x": x, "y": y})
    found = lagged_mutual_information(*samples, kinds=kinds, **options)
    return Answer("lags", f"I({x}; {y}) by lag", found.to(unit), told)


def select(
    table: AskedTable, y: str, x: str = "*", *, unit: str = "nats", **options: Any
) -> Answer:
    """Which columns tell of a target."""
    from minde.estimators.selection import select

    targets = table.names("y", y)
    names = [name for name in table.names("x", x) if name not in targets]
    if not names:
        raise InputError(f"{table.where}x: all of '{x}' is the target; name other columns")
    samples, kinds, told = table.variables({"x": names, "y": y})
    found = select(*samples, kinds=kinds, **options)
    return Answer("select", f"columns that tell of {y}", found.to(unit), told)


def local(table: AskedTable, x: str, y: str, *, unit: str = "nats", **options: Any) -> Answer:
    """What each row adds to mutual information."""
    from minde.estimators.minde import MINDE
    from minde.estimators.settings import cross_fitted
    from minde.questions.local import LocalValues

    samples, kinds, told = table.variables({"x": x, "y": y}, keep_constants=True)
    chosen = cross_fitted(options.pop("settings", None), options)
    drawn = {"n_draws": LOCAL_DRAWS, **(chosen.options or {})}
    model = MINDE(kinds=kinds, **{**vars(chosen), "options": drawn})
    found = model.fit(*samples).mutual_information().to(unit)
    low, high = found.interval
    mean = f"the mean is {found.value:.3f} {unit}, 95% interval [{low:.3f}, {high:.3f}]"
    of_rows = LocalValues(found, samples[0].rows)
    return Answer("local", f"I({x}; {y}) row by row", of_rows, told, (mean,))


def rows(table: AskedTable, x: str, y: str, *, unit: str = "nats", **options: Any) -> Answer:
    """What more rows would change."""
    from minde.questions.rows import more_rows

    samples, kinds, told = table.variables({"x": x, "y": y})
    found = more_rows(*samples, kinds=kinds, **options).to(unit)
    return Answer("rows", f"I({x}; {y})", found, told, found.sentences)


def pairs(table: AskedTable, x: str = "*", *, unit: str = "nats", **options: Any) -> Answer:
    """Mutual information of every pair of columns."""
    from minde.estimators.pairwise import pairwise_mutual_information

    chosen, kinds, told = table.singles(x)
    found = pairwise_mutual_information(chosen, kinds=kinds, **options)
    return Answer("pairs", f"pairs of {x}", found.to(unit), told)


def compare(table: AskedTable, x: str, y: str, *, unit: str = "nats", **options: Any) -> Answer:
    """What several estimators say."""
    from minde.questions.compare import compare

    samples, kinds, told = table.variables({"x": x, "y": y})
    found = compare(*samples, kinds=kinds, **options).to(unit)
    return Answer("compare", f"I({x}; {y})", found, told, (found.advice,))


def capacity(table: AskedTable, x: str, y: str, *, unit: str = "nats", **options: Any) -> Answer:
    """The most that labels could send."""
    from minde.estimators.capacity import channel_capacity

    samples, kinds, told = table.variables({"x": x, "y": y})
    found = channel_capacity(*samples, kinds=kinds, **options)
    inputs = ", ".join(f"{k} {share:.3f}" for k, share in found.diagnostics["inputs"].items())
    shares = (f"shares of the inputs: {inputs}",)
    return Answer("capacity", f"C({x} -> {y})", found.to(unit), told, shares)


def _given(z: str | None, before: str) -> str:
    return "" if z is None else before + z


#: By the word that asks for it.
QUESTIONS: dict[str, Callable[..., Answer]] = {
    "test": independence,
    "transfer": transfer,
    "lags": lags,
    "select": select,
    "local": local,
    "rows": rows,
    "pairs": pairs,
    "compare": compare,
    "capacity": capacity,
}
