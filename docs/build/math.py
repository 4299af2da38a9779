"""Mathematics of the docs, turned into MathML at build time so that pages load no script.

As a MkDocs hook it converts what arithmatex marked; as a Griffe extension it turns the directives
of docstrings (``.. math::`` and ``:math:``) into what arithmatex marks.
"""

import re
import textwrap
from html import unescape
from typing import Any

import griffe
from latex2mathml.converter import convert

_BLOCK = re.compile(r"^( *)\.\. math::(.*)\n((?:\s*\n|\1 +.*\n?)+)", re.MULTILINE)


def on_page_content(html: str, **_: Any) -> str:
    """Replace marked LaTeX by MathML."""

    def inline(match: re.Match[str]) -> str:
        return convert(unescape(match[1]))

    def block(match: re.Match[str]) -> str:
        formula = convert(unescape(match[1]).strip(), display="block")
        # What is wider than a phone scrolls by itself.
        return f'<div style="overflow: auto hidden">{formula}</div>'

    text = re.sub(r'<div class="arithmatex">\\\[(.*?)\\\]</div>', block, html, flags=re.DOTALL)
    return re.sub(r'<span class="arithmatex">\\\((.*?)\\\)</span>', inline, text, flags=re.DOTALL)


class MathDocstrings(griffe.Extension):
    """Sphinx's mathematics in docstrings as arithmatex's."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring is None:
            return

        def block(match: re.Match[str]) -> str:
            body = " ".join(textwrap.dedent(match[3]).split())
            return f"{match[1]}\\[ {match[2].strip()} {body} \\]\n\n"

        text = _BLOCK.sub(block, obj.docstring.value + "\n")
        text = re.sub(r":math:`([^`]*)`", lambda m: f"\\({m[1]}\\)", text)
        obj.docstring.value = re.sub(r":(?:class|func):`([^`]*)`", r"`\1`", text)
