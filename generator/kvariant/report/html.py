# SPDX-License-Identifier: MIT
"""A sweep as one page of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument


class Html:
    """The renderer of the page."""

    name = "html"
    help = "Write one page to look at as well"
    is_file = True

    def render(self, document: ReportDocument) -> str:
        from kvariant.report.page_text import page_text  # needs all that findings need

        return page_text(document)
