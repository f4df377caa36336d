# SPDX-License-Identifier: MIT
"""What people and programs read: text and JSON of the stages' results."""

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
