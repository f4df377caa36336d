# SPDX-License-Identifier: MIT
"""What people and programs read: what the stages found, composed once, in several formats.

document            what a report is made of; *_document.py make one each
formats             the renderers of documents, one module each
matrix, coverage    what has one format for people, and one for programs
diff, verification

Names are loaded on first use: a table does not pay for what reports on sweeps.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvariant.report.cell_words import cell_line
    from kvariant.report.diff import diff_json, diff_text
    from kvariant.report.document import Part, Renderer, ReportDocument
    from kvariant.report.dry_run import dry_run_text
    from kvariant.report.formats import FORMATS
    from kvariant.report.matrix import matrix_json, matrix_text
    from kvariant.report.summary import SweepReport
    from kvariant.report.table import table_text

__all__ = [
    "FORMATS",
    "Part",
    "Renderer",
    "ReportDocument",
    "SweepReport",
    "cell_line",
    "diff_json",
    "diff_text",
    "dry_run_text",
    "matrix_json",
    "matrix_text",
    "table_text",
]

_MODULES = {
    "FORMATS": "formats",
    "Part": "document",
    "Renderer": "document",
    "ReportDocument": "document",
    "SweepReport": "summary",
    "cell_line": "cell_words",
    "diff_json": "diff",
    "diff_text": "diff",
    "dry_run_text": "dry_run",
    "matrix_json": "matrix",
    "matrix_text": "matrix",
    "table_text": "table",
}
"""The modules of this package that names stand in."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'kvariant.report' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kvariant.report.{_MODULES[name]}"), name)
