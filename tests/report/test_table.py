# SPDX-License-Identifier: MIT
"""Tables: columns as a terminal shows them, held against rich's own."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kvariant.report.table import table_text

TEXTS = st.text("aZ 漢é\u0301\u200b\n-", max_size=7)
CELLS = st.just("") | TEXTS.map(lambda text: f"x{text}".rstrip("\n"))


def drawn(rows: list[list[str]], header: list[str], indent: int) -> str:
    """Return a table as rich draws it where there is room enough."""
    table = Table(box=None, show_header=bool(header), pad_edge=False, padding=(0, 2, 0, 0))
    for title in header or rows[0]:
        table.add_column(title if header else "", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=10_000, color_system=None, force_terminal=False).print(table)
    return "\n".join(f"{' ' * indent}{line}".rstrip() for line in text.getvalue().splitlines())


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS).map(list), min_size=1, max_size=5),
    header=st.sampled_from([[], ["name", "", "how it ended"]]),
    indent=st.sampled_from([0, 2]),
)
def test_as_a_terminal_shows_it(rows: list[list[str]], header: list[str], indent: int) -> None:
    """Columns are aligned by what a terminal makes of each character, line by line."""
    assert table_text(rows, header, indent) == drawn(rows, header, indent)


def test_no_rows() -> None:
    """A table of nothing is nothing, and one with titles alone has these."""
    assert table_text([]) == ""
    assert table_text([], ["a", "b"], indent=0) == "a  b"
