"""The page: tables, charts, figures and failures put together in one file."""

from __future__ import annotations

import base64
import datetime
import json
import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import altair as alt
import itables
import pandas as pd
import vl_convert
from itables.javascript import generate_init_offline_itables_html
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

#: Major and minor version of Vega-Lite that Altair writes.
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


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
    """

    key: str
    title: str
    text: str
    chart: dict[str, Any] | None = None
    table: pd.DataFrame | None = None
    figure: Path | None = None


@dataclass
class Page:
    """Everything the page holds."""

    title: str
    facts: dict[str, str]
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
            sections=parts,
            specs=Markup(_script_json(specs)),
            vega=Markup(vega),
            tables=Markup(generate_init_offline_itables_html(itables.options.dt_bundle)),
        )


def facts(run: str, config: dict[str, Any], seconds: float, jobs: int) -> dict[str, str]:
    """Overview: what was run, with what, for how long."""
    packages = ("torch", "numpy", "benchmark-mi", "snakemake")
    recipe = config["minde"]["recipe"]
    return {
        "run": run,
        "recipe": f"{recipe}, families {', '.join(config['minde']['families'])}",
        "benchmark": (
            f"{config['benchmark']['seeds']} seeds, {config['benchmark']['n_train']:,} training "
            f"and {config['benchmark']['n_test']:,} test points"
        ),
        "time of all jobs together": f"{seconds / 60:.1f} minutes in {jobs} jobs",
        "versions": ", ".join(f"{p} {metadata.version(p)}" for p in ("minde", *packages)),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "report made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _rendered(section: Section) -> dict[str, Any]:
    table = section.table
    shown, csv = "", ""
    if table is not None:
        shown = itables.to_html_datatable(
            table.dropna(axis="columns", how="all").round(4),
            connected=False,
            table_id=f"table-{section.key}",
            classes="display compact",
            layout={"topStart": "pageLength", "topEnd": "search", "bottomEnd": "paging"},
            lengthMenu=[15, 50, 200],
            maxBytes=0,
            showIndex=False,
            text_in_header_can_be_selected=False,
            allow_html=False,
        )
        encoded = base64.b64encode(table.to_csv(index=False).encode()).decode()
        csv = f"data:text/csv;base64,{encoded}"
    picture = ""
    if section.figure is not None:
        encoded = base64.b64encode(section.figure.read_bytes()).decode()
        picture = f"data:image/png;base64,{encoded}"
    return {
        "key": section.key,
        "title": section.title,
        "text": section.text,
        "chart": section.chart is not None,
        "table": Markup(shown),
        "csv": csv,
        "picture": picture,
    }


def _script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value).replace("</", "<\\/")
