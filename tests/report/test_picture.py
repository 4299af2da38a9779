"""The docs' picture of the method in a real browser: `make test-browser`."""

import json
import re
from pathlib import Path

import pytest

from tests.report.test_browser import browser  # noqa: F401  # a fixture

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).resolve().parents[2] / "docs/picture"


@pytest.fixture(scope="module")
def data():
    return json.loads((FOLDER / "data.js").read_text().partition("=")[2].strip(" ;\n"))


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):  # noqa: F811
    parts = [(FOLDER / name).read_text() for name in ("data.js", "figure.js")]
    scripts = "".join(f"<script>{part}</script>" for part in parts)
    path = tmp_path / "picture.html"
    viewport = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    path.write_text(f'{viewport}<div id="picture"><img src="still.png"></div>{scripts}')
    page = browser.new_page(viewport={"width": request.param, "height": 844})
    page.heard = []
    page.on("pageerror", lambda e: page.heard.append(str(e)))
    page.goto(f"file://{path}")
    page.wait_for_selector("#picture [data-panel=sum] circle")
    yield page
    page.close()


def said(page, name):
    return page.locator(f"[data-text={name}]").inner_text()


def test_the_slider_goes_from_nothing_to_all_of_the_information(page, data):
    slider = page.locator("#picture input")
    truth = f"{data['truth']:.2f}"
    slider.fill("0")
    assert said(page, "sum").startswith(f"0.00 of {truth} nats")
    slider.fill(str(len(data["ratios"]) - 1))
    assert said(page, "sum").startswith(f"{truth} of {truth} nats")
    assert page.heard == []
    assert page.locator("#picture img").count() == 0


def test_guesses_are_those_of_the_level_and_the_label(page, data):
    slider = page.locator("#picture input")
    for label, one in enumerate(data["cases"]):
        page.locator("#picture button").nth(label).click()
        for level in (5, 30, 60):
            slider.fill(str(level))
            for panel, key in (("alone", "guess"), ("both", "guess_y")):
                guess = one[key][level]
                words = said(page, panel).replace("−", "-")
                shown = [float(v) for v in re.findall(r"-?\d+\.\d+", words)]
                # Two places are shown; JavaScript and Python round halves differently.
                assert shown == pytest.approx([guess, abs(guess - one["x"])], abs=0.0051)


def test_a_press_on_a_curve_sets_the_noise(page, data):
    panel = page.locator("[data-panel=integrand]")
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    page.mouse.click(box["x"] + 0.97 * box["width"], box["y"] + 40)
    assert int(page.locator("#picture input").input_value()) > 0.9 * len(data["ratios"])


def test_it_fits_its_page(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
