# SPDX-License-Identifier: MIT
"""What people and programs read: text and JSON of the stages' results.

Names are loaded on first use: a table does not pay for what reports on sweeps.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvariant.report.blame import blame_json, blame_text
    from kvariant.report.comparison import comparison_json, comparison_text
    from kvariant.report.diff import diff_json, diff_text
    from kvariant.report.junit import sweep_junit
    from kvariant.report.mail import sweep_mail
    from kvariant.report.markdown import sweep_markdown
    from kvariant.report.matrix import matrix_json, matrix_text
    from kvariant.report.summary import Told
    from kvariant.report.sweep import agenda_text, cell_line, sweep_json, sweep_text
    from kvariant.report.table import table_text

__all__ = [
    "Told",
    "agenda_text",
    "blame_json",
    "blame_text",
    "cell_line",
    "comparison_json",
    "comparison_text",
    "diff_json",
    "diff_text",
    "matrix_json",
    "matrix_text",
    "sweep_json",
    "sweep_junit",
    "sweep_mail",
    "sweep_markdown",
    "sweep_text",
    "table_text",
]

_HOMES = {
    "Told": "summary",
    "agenda_text": "sweep",
    "blame_json": "blame",
    "blame_text": "blame",
    "cell_line": "sweep",
    "comparison_json": "comparison",
    "comparison_text": "comparison",
    "diff_json": "diff",
    "diff_text": "diff",
    "matrix_json": "matrix",
    "matrix_text": "matrix",
    "sweep_json": "sweep",
    "sweep_junit": "junit",
    "sweep_mail": "mail",
    "sweep_markdown": "markdown",
    "sweep_text": "sweep",
    "table_text": "table",
}
"""The modules of this package that names stand in."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kvariant.report' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kvariant.report.{_HOMES[name]}"), name)
