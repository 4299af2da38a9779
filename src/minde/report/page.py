"""The page: tables, charts, figures and failures put together in one file."""

from __future__ import annotations

import base64
import datetime
import json
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import altair as alt
import itables
import pandas as pd
import vl_convert
from itables.javascript import generate_init_offline_itables_html
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from minde.report.data import Headline
from minde.runtime.digest import versions

#: Major and minor version of Vega-Lite that Altair writes.
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])

#: Heads of columns, where their names are no words.
_HEADS = {
    "task_label": "task",
    "label": "estimator",
    "n_train": "training points",
    "mi_true": "truth",
    "mi_estimate": "estimate",
    "p_vs_best": "p against the best",
}
#: A dash where there is no number.
_NUMBER = (
    "function (value, type) { return type === 'display' && Number.isNaN(value) ? '–' : value }"
)


@dataclass
class Section:
    """A titled part of the page.

    Attributes:
        key: Anchor and file name stem.
        title: Heading.
        text: What it claims, how it was made, and the paper's number beside ours.
        chart: Vega-Lite specification.
        table: Table, sortable and with a search box; offered as CSV.
        figure: PNG to embed.
        lead: Whether it stands beside others on the first screen, its table folded.
    """

    key: str
    title: str
    text: str
    chart: dict[str, Any] | None = None
    table: pd.DataFrame | None = None
    figure: Path | None = None
    lead: bool = False


@dataclass
class Page:
    """Everything the page holds."""

    title: str
    facts: dict[str, str]
    headlines: list[Headline] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def render(self) -> str:
        """The page as one HTML text that loads nothing from anywhere."""
        environment = Environment(
            loader=PackageLoader("minde.report", "."), autoescape=select_autoescape(["html", "j2"])
        )
        template = environment.get_template("page.html.j2")
        parts = [_rendered(section) for section in self.sections]
        specs = {s.key: s.chart for s in self.sections if s.chart is not None}
        # The stub wants a snippet that the function does not.
        vega = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
        return template.render(
            title=self.title,
            facts=self.facts,
            headlines=self.headlines,
            sections=parts,
            specs=Markup(_script_json(specs)),
            vega=Markup(vega),
            tables=Markup(generate_init_offline_itables_html(itables.options.dt_bundle)),
        )


def facts(config: dict[str, Any]) -> dict[str, str]:
    """What was run, and with what."""
    found = versions("minde", "torch", "numpy", "benchmark-mi", "snakemake")
    recipe = config["minde"]["recipe"]
    return {
        "recipe": f"{recipe}, families {', '.join(config['minde']['families'])}",
        "benchmark": (
            f"{config['benchmark']['seeds']} seeds, {config['benchmark']['n_train']:,} training "
            f"and {config['benchmark']['n_test']:,} test points"
        ),
        "versions": ", ".join(f"{p} {v}" for p, v in found.items() if v),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "report made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _rendered(section: Section) -> dict[str, Any]:
    table = section.table
    shown, csv = "", ""
    if table is not None:
        readable = _readable(table)
        numbers = [k for k, kind in enumerate(readable.dtypes) if kind.kind == "f"]
        shown = itables.to_html_datatable(
            readable,
            columnDefs=[{"targets": numbers, "render": itables.JavascriptFunction(_NUMBER)}],
            connected=False,
            table_id=f"table-{section.key}",
            classes="display compact",
            style="width:auto;margin:0",
            layout={"topStart": "pageLength", "topEnd": "search", "bottomEnd": "paging"},
            lengthMenu=[15, 50, 200],
            maxBytes=0,
            showIndex=False,
            text_in_header_can_be_selected=False,
            allow_html=False,
        )
        encoded = base64.b64encode(table.to_csv(index=False).encode()).decode()
        csv = f"data:text/csv;base64,{encoded}"
    picture, width = "", 0
    if section.figure is not None:
        content = section.figure.read_bytes()
        picture = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        # A PNG's width stands at its bytes 16 to 19; figures have two dots a pixel of the page.
        width = int.from_bytes(content[16:20], "big") // 2
    return {
        "key": section.key,
        "title": section.title,
        "text": section.text,
        "chart": section.chart is not None,
        "table": Markup(shown),
        "csv": csv,
        "picture": picture,
        "width": width,
        "lead": section.lead,
    }


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """As shown: to four places, without empty columns and ids that have labels; words as heads."""
    shown = table.dropna(axis="columns", how="all").round(4)
    if "task_label" in shown:
        shown = shown.drop(columns=["task", "suite"], errors="ignore")
    shown.columns = [_HEADS.get(str(name), str(name).replace("_", " ")) for name in shown.columns]
    text = shown.select_dtypes(exclude="number").columns
    return shown.assign(**{name: shown[name].fillna("") for name in text})


def _script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value).replace("</", "<\\/")
