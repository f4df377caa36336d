# SPDX-License-Identifier: MIT
"""A sweep as workflow commands, which GitHub Actions shows as annotations of a change.

    ::error file=a.c,line=3,title=build failed::fails iff A: 2 of 2 against 0 of 6: no

A step has ten of each kind and a job fifty, so ten are told of all: failures first. The
last says how many are not. [GitHub, "Workflow commands for GitHub Actions"]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kvariant.report.notice import Notice, NoticeLevel
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument

MOST = 10
_COMMANDS: Mapping[NoticeLevel, str] = {
    NoticeLevel.ERROR: "error",
    NoticeLevel.WARNING: "warning",
    NoticeLevel.NOTE: "notice",
}


class Annotations:
    """The renderer of annotations."""

    name = "annotations"
    help = ""  # where it runs decides: kvariant.cli.report
    is_file = False

    def render(self, document: ReportDocument) -> str:
        found = document.notices
        told = found if len(found) <= MOST else found[: MOST - 1]
        lines = [_command(notice) for notice in told]
        if rest := len(found) - len(told):
            text = f"{counted(rest, 'more notice')}: kvariant report has all"
            lines.append(f"::notice title=kvariant::{_data(text)}")
        return "\n".join(lines)


def _command(notice: Notice) -> str:
    places = {"file": notice.at.path, "line": str(notice.at.line)}
    places |= {"col": str(notice.at.column)} if notice.at.column else {}
    places |= {"title": notice.rule}
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items())
    text = "\n".join([notice.text, *notice.details])
    return f"::{_COMMANDS[notice.level]} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
