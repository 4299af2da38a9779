"""The pages of the docs in a real browser, on a desk and on a phone: `make test-browser`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.test_browser import browser  # noqa: F401  # a fixture

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
#: What reaches beyond the page's right edge and lies in no box that scrolls by itself.
BEYOND = """() => [...document.querySelectorAll('.md-content *')].filter(e => {
  if (e.getBoundingClientRect().right <= document.documentElement.clientWidth + 1) return false;
  for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== 'visible') return false;
  return true;
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(words, cwd=ROOT, env=environment, check=True)
    return folder


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen(browser, site, width):  # noqa: F811
    page, heard = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("pageerror", lambda e: heard.append(str(e)))
    pages = [p for p in sorted(site.rglob("*.html")) if p.name != "404.html"]
    assert len(pages) > 20
    wide = {}
    for path in pages:
        page.goto(f"file://{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width or page.evaluate(BEYOND):
            wide[path.name] = page.evaluate(BEYOND)
    page.close()
    assert wide == {}
    assert heard == []


def test_pictures_of_the_pages_are_there(browser, site):  # noqa: F811
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for path in sorted(site.rglob("*.html")):
        page.goto(f"file://{path}")
        broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        assert page.evaluate(broken) == [], path.name
    page.close()
