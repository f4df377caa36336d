# SPDX-License-Identifier: MIT
"""A sweep as SARIF 2.1.0, for GitHub's code scanning.

A run for each tree, so that the results of one do not close those of another. What GitHub
shows is filled, and its limits are kept: of more results, the first are told, and how many
are left out is a notification of the run. [SARIF 2.1.0, OASIS; GitHub, "SARIF support for
code scanning"]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument
    from kvariant.report.notice import Notice

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RUNS = 20
"""Runs that GitHub takes of one file."""
RESULTS = 25_000
"""Results that it takes of one run."""
TEXT = 1_024
"""Characters of a description, and of a message here."""


class Sarif:
    """The renderer of SARIF."""

    name = "sarif"
    help = "Write SARIF as well, for code scanning"
    is_file = True

    def render(self, document: ReportDocument) -> str:
        trees = list(dict.fromkeys(notice.tree for notice in document.notices)) or [""]
        told, rest = trees[:RUNS], set(trees[RUNS:])
        lost = sum(notice.tree in rest for notice in document.notices)
        runs = [_run(tree, [n for n in document.notices if n.tree == tree]) for tree in told]
        if lost:
            _notify(
                runs[-1],
                f"{counted(lost, 'result')} of {counted(len(rest), 'other tree')} "
                f"{agreeing(lost, 'is', 'are')} left out: {RUNS} runs",
            )
        log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
        return f"{json.dumps(log, indent=1)}\n"


def _run(tree: str, notices: Sequence[Notice]) -> dict[str, Any]:
    told = notices[:RESULTS]
    rules = list(dict.fromkeys(notice.rule for notice in told))
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "kvariant", "rules": [_rule(rule) for rule in rules]}},
        "automationDetails": {"id": f"kvariant/{tree}/" if tree else "kvariant/"},
        "results": [_result(notice, rules.index(notice.rule)) for notice in told],
    }
    if len(told) < len(notices):
        _notify(run, f"{len(notices) - len(told)} results are left out: {RESULTS} are told")
    return run


def _notify(run: dict[str, Any], text: str) -> None:
    notification = {"level": "warning", "message": {"text": text}}
    (invocation,) = run.setdefault("invocations", [{"executionSuccessful": True}])
    invocation.setdefault("toolExecutionNotifications", []).append(notification)


def _rule(rule: str) -> dict[str, Any]:
    short = _short(f"{rule} in some configurations")
    full = f"{short}. The message says under which options of Kconfig."
    return {
        "id": rule,
        "shortDescription": {"text": short},
        "fullDescription": {"text": _short(full)},
        "help": {"text": "Run the command that the message ends with, or `kvariant blame`."},
    }


def _result(notice: Notice, rule: int) -> dict[str, Any]:
    region = {"startLine": notice.at.line}
    if notice.at.column:
        region["startColumn"] = notice.at.column
    return {
        "ruleId": notice.rule,
        "ruleIndex": rule,
        "level": notice.level.value,
        "message": {"text": _short("\n".join([notice.text, *notice.details]))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(notice.at.path)},
                    "region": region,
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": f"{notice.fingerprint}:1"},
    }


def _short(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[: TEXT - 3]}..."
