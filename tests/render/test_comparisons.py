# SPDX-License-Identifier: MIT
"""What templates compare numbers and texts with."""

from __future__ import annotations

import jinja2
import pytest

from kvariant.kconfig import SymbolType
from kvariant.render.comparisons import comparisons

TYPES = {
    "PORT": SymbolType.INT,
    "BASE": SymbolType.HEX,
    "NAME": SymbolType.STRING,
    "NET": SymbolType.BOOL,
}
CASES = [
    ("{% if PORT > 1024 %}a{% endif %}", {"PORT": "1024"}),
    ("{% if 1024 <= PORT < 2000 %}a{% endif %}", {"PORT": "1024 2000"}),
    ("{{ PORT == 80 and NET }}", {"PORT": "80"}),
    ("{% if PORT in (80, 443) %}a{% endif %}", {"PORT": "80 443"}),
    ("{% if PORT is gt(5) %}a{% endif %}", {"PORT": "5"}),
    ("{% if PORT > -1 %}a{% endif %}", {"PORT": "-1 1"}),
    ("{% if PORT|int > 7 %}a{% endif %}", {"PORT": "7"}),
    ("{% if BASE == 0x20 %}a{% endif %}", {"BASE": "0x20"}),
    ('{% if NAME == "x" or NAME != "y" %}a{% endif %}', {"NAME": "x y"}),
    ('{{ "a" if NAME in ["p", "q"] else "b" }}', {"NAME": "p q"}),
    ("{% if PORT %}a{% endif %}{% if not NAME %}b{% endif %}", {"PORT": "0", "NAME": ""}),
    ("{% set low = 1024 %}{% if PORT < low %}a{% endif %}", {"PORT": "1024"}),
    ("{% set big = PORT > 9 %}{% if big %}a{% endif %}", {"PORT": "9 0"}),
    ("{% for limit in (10, 20) %}{{ PORT > limit }}{% endfor %}", {"PORT": "10 20"}),
    ("{% macro m(n) %}{% if n > 3 %}a{% endif %}{% endmacro %}{{ m(PORT) }}", {"PORT": "3"}),
    ("{% macro m(n) %}{% if n > 3 %}a{% endif %}{% endmacro %}{{ m(n=PORT) }}", {"PORT": "3"}),
    ("{% with low = 5 %}{{ PORT < low }}{% endwith %}", {"PORT": "5"}),
    ("{% if NET == 1 %}a{% endif %}{{ PORT + 1 }}", {}),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_comparisons(source: str, expected: dict[str, str]) -> None:
    """Constants of comparisons and tests are told, wherever they come from."""
    tree = jinja2.Environment().parse(source)
    found = comparisons([tree], TYPES)
    assert {n: set(t.split() or [""]) for n, t in expected.items()} == {
        name: set(texts) for name, texts in found.items()
    }
