"""The report in a real browser: `make test-browser`."""

import re
import shutil

import pytest

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    assert path, "no chromium: run `make test-browser`, which installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["light", "dark"])
def opened(request, browser, run):
    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=request.param)
    page.heard, page.asked = [], []
    page.on("console", lambda m: page.heard.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: page.heard.append(str(e)))
    page.on("request", lambda r: page.asked.append(r.url))
    page.goto(f"file://{run}/report.html")
    page.wait_for_function("Object.keys(window.views || {}).length >= 8")
    page.wait_for_selector("#runtime table.dataTable")
    yield page
    page.close()


def marks(page, chart):
    return page.locator(f"#chart-{chart} .mark-symbol [aria-roledescription=point]").count()


def test_it_opens_without_errors_or_network(opened):
    assert opened.heard == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in opened.asked)
    assert opened.evaluate("window.broken") is None


def test_the_family_filter_changes_the_marks(opened):
    before = marks(opened, "errors")
    assert before == 2 * 3 * 6 - 2  # two seeds, three estimators, six tasks, two failures
    opened.locator("#chart-errors select").select_option(label="Student")
    opened.wait_for_timeout(300)
    assert marks(opened, "errors") == 2 * 3
    assert opened.evaluate("window.views['errors'].signal('family')") == "Student"


def test_the_task_choice_changes_the_curve(opened):
    options = opened.locator("#chart-integrand option").all_inner_texts()
    assert len(options) == 6
    opened.locator("#chart-integrand select").select_option(label=options[3])
    assert opened.evaluate("window.views['integrand'].signal('task')") == options[3]


def test_a_tooltip_shows_task_estimator_and_value(opened):
    opened.locator("#chart-errors [aria-roledescription=point]").first.hover(force=True)
    tip = opened.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    shown = tip.inner_text()
    for word in ("task", "estimator", "seed", "error (nats)"):
        assert word in shown


def test_tables_sort_and_search(opened):
    table = opened.locator("#runtime table.dataTable").first
    header = table.locator("th", has_text="seconds").first
    for order, first in (("ascending", "0.5"), ("descending", "12.5")):
        header.click()
        opened.wait_for_selector(f'#runtime th[aria-sort="{order}"]')
        assert first in table.locator("tbody tr").first.inner_text()
    # The longest table has a search box.
    search = opened.locator("#table1_paper input[type=search]").first
    search.fill("MINDE-C")
    rows = opened.locator("#table1_paper table.dataTable").first.locator("tbody tr")
    assert rows.count() == 6


def test_the_first_screen_holds_headlines_table_1_and_ranks(opened):
    opened.set_viewport_size({"width": 1280, "height": 800})
    opened.wait_for_timeout(300)
    for part in (".headlines", "#chart-table1 svg.marks", "#chart-ranks svg.marks"):
        box = opened.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= 1280, part
        assert box["y"] + box["height"] <= 800, part


def test_numbers_in_cells_can_be_read_in_light_and_dark(opened):
    dark = opened.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    colours = opened.locator("#chart-table1 .role-mark text, #chart-ranks .role-mark text")
    inks = {colours.nth(k).get_attribute("fill") for k in range(colours.count())}
    assert inks <= {"#e6e9ed" if dark else "#1b1f24", "white"}


def test_tables_can_be_read_in_light_and_dark(opened):
    """Text and what lies behind it differ by most of the range from black to white."""
    seen = opened.evaluate(
        """() => {
          const cell = document.querySelector("#runtime table.dataTable td");
          let behind = cell;
          const of = e => getComputedStyle(e).backgroundColor;
          while (of(behind) === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
          return [getComputedStyle(cell).color, of(behind)];
        }"""
    )
    text, behind = (sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 765 for colour in seen)
    assert abs(text - behind) > 0.7


@pytest.fixture(scope="module")
def phone(browser, run):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"file://{run}/report.html")
    page.wait_for_function("Object.keys(window.views || {}).length >= 8")
    page.wait_for_selector("#runtime table.dataTable")
    yield page
    page.close()


def test_it_fits_a_phone(phone):
    for folded in phone.locator("summary").all():
        folded.click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_tables_scroll_in_their_box_and_charts_need_not(phone):
    wide = "e => [e.scrollWidth, e.clientWidth]"
    scrolled = [box.evaluate(wide) for box in phone.locator(".wide .dt-layout-full").all()]
    assert any(inner > seen for inner, seen in scrolled)
    for chart in phone.locator(".chart").all():
        inner, seen = chart.evaluate(wide)
        assert inner <= seen


def test_the_keyboard_reaches_the_filters(opened):
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        opened.keyboard.press("Tab")
        if opened.evaluate("document.activeElement.tagName") == "SELECT":
            return
    raise AssertionError("no filter within sixty tabs")
