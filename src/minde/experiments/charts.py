"""What interactive charts share: colours, marks, choices; Vega-Lite by Altair.

A chart of an experiment is a function of three: a frame of what estimators report, with the column
``error``; the palette's name; and the weight files, for training curves. It gives no chart where
there is nothing to draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
import seaborn as sns

#: Vega-Lite specification, or none.
Spec = dict[str, Any] | None
WIDTH = 640


def palette(frame: pd.DataFrame, name: str) -> alt.Scale:
    """The figures' colours: one an estimator, by its position in the configuration."""
    colours = sns.color_palette(name).as_hex()
    return _by_estimator(frame, lambda position: colours[position % len(colours)])


def shapes(frame: pd.DataFrame, name: str) -> alt.Scale:
    """A mark by estimator that tells those apart which share a colour of a short palette."""
    size = len(sns.color_palette(name))
    marks = ("circle", "triangle-up", "square", "diamond")
    return _by_estimator(frame, lambda position: marks[position // size % len(marks)])


def _by_estimator(frame: pd.DataFrame, look: Callable[[int], str]) -> alt.Scale:
    """What an estimator looks like, from its position in the configuration."""
    pairs = frame[["label", "position"]].drop_duplicates().sort_values("position")
    return alt.Scale(domain=list(pairs["label"]), range=[look(int(p)) for p in pairs["position"]])


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
