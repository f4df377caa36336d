# SPDX-License-Identifier: MIT
"""Reports: what the stages found, composed once, in several formats.

document            what a report is made of; *_document.py make one each
formats             the renderers of documents, one module each
matrix, coverage    what has one format for people, and one for programs
diff, verification

Names are loaded on first use: a table does not pay for what reports on sweeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

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

__getattr__ = on_first_use(
    __name__,
    {
        "cell_words": ("cell_line",),
        "diff": ("diff_json", "diff_text"),
        "document": ("Part", "Renderer", "ReportDocument"),
        "dry_run": ("dry_run_text",),
        "formats": ("FORMATS",),
        "matrix": ("matrix_json", "matrix_text"),
        "summary": ("SweepReport",),
        "table": ("table_text",),
    },
)
