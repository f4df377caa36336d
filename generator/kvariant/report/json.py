# SPDX-License-Identifier: MIT
"""A report as JSON: its record, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument


class Json:
    """The renderer of JSON."""

    name = "json"
    help = ""  # every verb that prints has it
    is_file = False

    def render(self, document: ReportDocument) -> str:
        return json.dumps(document.record.to_json(), indent=1)
