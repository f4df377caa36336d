# SPDX-License-Identifier: MIT
"""docs/pte-markers.md: the family's history as a table, written from its interface.

Run as a script it writes the page: PYTHONPATH=tests:generator python tests/house/history.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    And,
    Expression,
    Not,
    Or,
    Reference,
    every,
    some,
)
from kvariant.render import Helper, Interface
from kvariant.render.interface import Declaration

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "pte-markers.md"
INTERFACE = ROOT / "generator" / "templates" / "interface.toml"

BASELINES = {
    "5_19_PRE": "5.19-pre",
    "6_1": "6.1",
    "6_2": "6.2 ¹",
    "6_12": "6.12",
    "6_18": "6.18 ¹",
    "7_2": "7.2",
}
"""Member of the choice of a kernel -> heading; in time's order."""

HEAD = """\
# The flagship: seven years of pte markers

One [interface](../generator/templates/interface.toml) declares the family for all of these
kernels, and this page is written from it. A row is one helper or constant, with one body, under
its first name. In a column:

- empty: as in the column before; **—**: the kernel has no such name
- a name: it is called so from here on
- *if X*: it exists only where X holds
- *stub unless X*: it exists always, and stands for nothing where X does not hold

¹ Not compiled against: Debian has no such kernel. These two follow the published changes and are
held to the [relations](../generator/templates/relations.toml) that every variant obeys.
5.19-pre is the tree of one commit, restated in [tests/variants](../tests/variants/README.md). The
others are compared with their own compiled headers, name by name and value by value
([tests/kernel](../tests/kernel/README.md)), on x86_64 and arm64, and 7.2 on riscv64 as well.
"""


def document_text() -> str:
    """Return the page."""
    interface = Interface.read(INTERFACE)
    parts = [HEAD]
    for title, items in (("Constants", interface.constants), ("Helpers", interface.helpers)):
        shown = [item for item in items if not item.private]
        parts.append(f"## {title}\n\n{''.join(_table(shown))}")
    return "\n".join(parts)


def _table(items: list[Declaration]) -> Iterator[str]:
    yield f"| | {' | '.join(BASELINES.values())} |\n|---|{'---|' * len(BASELINES)}\n"
    rows: dict[str, list[Declaration]] = {}
    for item in items:
        rows.setdefault(item.name, []).append(item)
    for name, entries in rows.items():
        said = [_said(entries, baseline) for baseline in BASELINES]
        news = [
            now if now != before else "" for now, before in zip(said, ["", *said], strict=False)
        ]
        yield f"| `{name}` | {' | '.join(news)} |\n"


def _said(entries: list[Declaration], baseline: str) -> str:
    values = known_values(baseline)
    for item in entries:
        exists = under(item.exists, values)
        if exists == NEVER:
            continue
        later = [name for name, where in item.renamed.items() if under(where, values) == ALWAYS]
        parts = [f"`{later[-1]}`" if later else "yes"]
        if exists != ALWAYS:
            parts.append(f"*if {_text(exists)}*")
        if isinstance(item, Helper) and item.stub:
            requires = under(item.requires, values)
            if requires != ALWAYS and requires != exists:
                parts.append(f"*stub unless {_text(requires)}*")
        return ", ".join(parts)
    return "—"


def known_values(baseline: str) -> Mapping[str, bool]:
    """Return the symbols that a baseline decides."""
    order = list(BASELINES)
    at = order.index(baseline)
    kernels = {f"KERNEL_V{name}": name == baseline for name in order}
    since = {f"SINCE_V{name}": order.index(name) <= at for name in order[1:]}
    gone = {"PTE_MARKER": False} if at >= order.index("6_2") else {}
    return kernels | since | gone


def under(expression: Expression, values: Mapping[str, bool]) -> Expression:
    """Return what is left of an expression where some symbols are known."""
    match expression:
        case Reference(name) if name in values:
            return ALWAYS if values[name] else NEVER
        case Not(term):
            inner = under(term, values)
            return NEVER if inner == ALWAYS else ALWAYS if inner == NEVER else Not(inner)
        case And(terms):
            left = [under(term, values) for term in terms]
            return NEVER if NEVER in left else every(t for t in left if t != ALWAYS)
        case Or(terms):
            left = [under(term, values) for term in terms]
            return ALWAYS if ALWAYS in left else some(t for t in left if t != NEVER)
    return expression


def _text(expression: Expression) -> str:
    return str(expression).replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
