"""What interactive charts share: colours, marks, choices; Vega-Lite by Altair.

A chart of an experiment is a function of a ``Source`` and gives none where there is nothing to
draw. Single charts are as wide as the page lets them be; the page sets what goes with that (legends
in rows, shorter labels on a phone) and the colours of light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from minde.experiments.figures import colour_at

#: Vega-Lite specification, or none.
Spec = dict[str, Any] | None
#: A chart as wide as its box on the page.
WIDTH: Literal["container"] = "container"


@dataclass(frozen=True)
class Source:
    """What a chart is drawn from.

    Attributes:
        frame: What estimators report, with the column ``error``.
        palette: Name of the figures' colours.
        scores: Weight files, for training curves.
        table: The exhibit's own table, where it has one.
    """

    frame: pd.DataFrame
    palette: str
    scores: Sequence[str] = ()
    table: pd.DataFrame | None = None

    def colours(self, drawn: pd.DataFrame | None = None) -> alt.Scale:
        """The figures' colours: one an estimator, by its position in the configuration.

        Arguments:
            drawn: What is drawn; its column ``label`` names the legend's estimators, if not all.
        """
        pairs = self.frame[["label", "position"]].drop_duplicates().sort_values("position")
        if drawn is not None:
            pairs = pairs[pairs["label"].isin(drawn["label"])]
        look = [colour_at(int(position), self.palette) for position in pairs["position"]]
        return alt.Scale(domain=list(pairs["label"]), range=look)


def dropdown(name: str, options: list[str], label: str, everything: bool) -> alt.Parameter:
    """A choice of one of ``options``, or of all."""
    choices: list[Any] = [None, *options] if everything else list(options)
    shown = ["all", *options] if everything else list(options)
    widget = alt.binding_select(options=choices, labels=shown, name=f"{label}: ")
    value = None if everything else options[0]
    return alt.param(name, bind=widget, value=value)


def spec_of(chart: Any) -> dict[str, Any]:
    """The chart as Vega-Lite."""
    spec: dict[str, Any] = chart.configure_view(strokeOpacity=0.15).to_dict()
    return spec
