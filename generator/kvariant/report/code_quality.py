# SPDX-License-Identifier: MIT
"""A sweep as a Code Quality report, which GitLab shows in merge requests.

A JSON array without a byte order mark. [GitLab, "Code Quality report format"]
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kvariant.report.notice import Notice, NoticeLevel

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument

SEVERITIES = {NoticeLevel.ERROR: "critical", NoticeLevel.WARNING: "minor", NoticeLevel.NOTE: "info"}


class CodeQuality:
    """The renderer of Code Quality reports."""

    name = "code-quality"
    help = "Write a Code Quality report as well, for GitLab"
    is_file = True

    def render(self, document: ReportDocument) -> str:
        return f"{json.dumps([_issue(notice) for notice in document.notices], indent=1)}\n"


def _issue(notice: Notice) -> dict[str, Any]:
    return {
        "description": " | ".join([notice.text, *notice.details]),
        "check_name": notice.rule,
        "fingerprint": notice.fingerprint,
        "severity": SEVERITIES[notice.level],
        "location": {"path": notice.at.path, "lines": {"begin": notice.at.line}},
    }
