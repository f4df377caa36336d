# SPDX-License-Identifier: MIT
"""The simulation and the kernel of this machine agree, step by step.

Random scripts run on both. `KVARIANT_LIVE_WHOLE=1` runs many more;
`KVARIANT_LIVE_REPORT=FOLDER` writes how often each rule was met, as JSON.
Skipped, with the reason, where there is no root or no userfaultfd, and for a variant
with guards where the machine's kernel has none. UFFDIO_COPY onto a guard is left out
where the variant's kernel and the machine's do not do the same.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from model import live
from model.ptes import Ptes
from model.rules import RULES, Tally
from model.script import Script, Seen, random_script
from model.space import Feature, Space

IS_WHOLE = os.environ.get("KVARIANT_LIVE_WHOLE") == "1"
SCRIPTS = 1000 if IS_WHOLE else 30
STEPS = 20
FEATURES = Feature.EVENT_FORK | Feature.EVENT_REMAP | Feature.WP_UNPOPULATED | Feature.WP_ASYNC
NOT_HERE = {"9-refused", "swap-out", "swap-in"}
"""Rules that a machine without swap, and with the option, does not show."""
COPIES = {True: "7-guard-copy", False: "7-guard-copy-exists"}
"""The rule for UFFDIO_COPY onto a guard, by whether the kernel fills guards."""

unavailable, guards_unavailable = cache(live.unavailable), cache(live.guards_unavailable)


def rules_of(ptes: Ptes, *, copies_onto_guards: bool) -> set[str]:
    """Return the rules that many scripts of a variant must meet here."""
    rules = set(RULES) - NOT_HERE - set(COPIES.values())
    if not ptes.can_guard:
        return {rule for rule in rules if not rule.startswith("7-guard")}
    return rules | ({COPIES[ptes.fills_guards]} if copies_onto_guards else set())


def first_difference(script: Script, expected: list[Seen], actual: list[Seen]) -> dict:
    """Return the step on which the simulation and the kernel differ, {} if none."""
    for number, step in enumerate(script.steps):
        seen = actual[number] if number < len(actual) else "nothing: killed, or out of time"
        if expected[number] != seen:
            before = expected[number - 1].letters if number else []
            return {
                "seed": script.seed, "features": str(script.features), "step": number,
                "script": [f"{s.name} {s.arguments}" for s in script.steps[: number + 1]],
                "does": f"{step.name} {step.arguments}", "before": before,
                "simulation": expected[number], "kernel": seen,
            }  # fmt: skip
    return {}


@pytest.mark.kconfig("SINCE_V6_12 && X86_64 && PTE_MARKER_UFFD_WP && SHMEM")
def test_live_kernel(variant):
    """Every page shows the same letters, every access the same events, after every step."""
    if reason := unavailable():
        pytest.skip(reason)
    ptes, tally = Ptes(variant), Tally()
    if ptes.can_guard and (reason := guards_unavailable()):
        pytest.skip(reason)
    copies_onto_guards = ptes.fills_guards == live.fills_guards()
    drawn = [
        random_script(
            seed,
            STEPS,
            lambda features: Space(ptes, features, has_swap=False, tally=tally),
            FEATURES,
            copies_onto_guards=copies_onto_guards,
        )
        for seed in range(SCRIPTS)
    ]
    played = list(live.run_scripts([script for script, _ in drawn]))
    assert len(drawn) == len(played)
    differences = [
        first_difference(script, expected, actual)
        for (script, expected), actual in zip(drawn, played, strict=True)
    ]
    assert {} == next((difference for difference in differences if difference), {})
    report(variant.name, tally)
    if IS_WHOLE:
        assert rules_of(ptes, copies_onto_guards=copies_onto_guards) == set(tally)


def report(name: str, tally: Tally) -> None:
    """Print how often each rule was met, and write it where asked."""
    rules = {rule: {"met": tally[rule], "rule": text} for rule, text in RULES.items()}
    record = {
        "format": 1, "kernel": os.uname().release, "variant": name,
        "scripts": SCRIPTS, "steps": STEPS, "rules": rules,
    }  # fmt: skip
    print(f"{SCRIPTS} scripts of {STEPS} steps agree with Linux {record['kernel']}")
    for rule, entry in rules.items():
        print(f"{entry['met']:7}  {rule:18} {entry['rule']}")
    if folder := os.environ.get("KVARIANT_LIVE_REPORT"):
        path = Path(folder) / f"live-{name}.json"
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
