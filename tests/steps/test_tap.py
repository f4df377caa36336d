# SPDX-License-Identifier: MIT
"""TAP against Perl's own parser, which shares no code with ours."""

from __future__ import annotations

import json
import random
import shutil
import subprocess

import pytest

from kvariant.errors import InputError
from kvariant.steps.test_results import parse_results

PARSER = """
use TAP::Parser; use JSON::PP;
my $texts = decode_json(do { local $/; <STDIN> });
for my $text (@$texts) {
    my $parser = TAP::Parser->new({ tap => $text });
    $parser->run;
    my $bad = $parser->failed || $parser->parse_errors || $parser->exit;
    my $none = !$parser->tests_run && !$parser->skip_all;
    print(($bad || $none) ? "bad\\n" : "good\\n");
}
"""
"""A document is good where Test::Harness finds no failed test and no parse error."""

NAMES = ("", " - a", " - a # errors", " - lines # skipping", " #", " - a {")
# No name has a `#` without blanks: Perl reads a directive behind the first one of any kind.
DIRECTIVES = ("", "", "", " # TODO later", " # todo", " # TODO: soon")
BETWEEN = (
    *("", "", "", "# words\n", "words\n", "  ---\n  message: x\n  ...\n"),
    *("  ---\n  cut: here\n", "---\n", "    ok 1 - sub\n    1..1\n", "# not ok 3\n"),
    "    ok 1 - sub\n    1..1\n}\n",
)


def document(chance: random.Random) -> str:
    """Return a TAP document, mostly a whole one."""
    count = chance.randint(1, 4)
    lines = []
    for number in range(1, count + 1):
        lines.append(chance.choice(BETWEEN) if number > 1 else "")
        bad = "not " if chance.random() < 0.15 else ""
        told = f" {number if chance.random() < 0.95 else chance.randint(0, 5)}"
        shown = told if chance.random() < 0.9 else ""
        is_empty = not shown
        name = chance.choice(NAMES if not is_empty else NAMES[:2])
        lines.append(f"{bad}ok{shown}{name}{chance.choice(DIRECTIVES)}\n")
    planned = count if chance.random() < 0.85 else max(1, count + chance.choice((-1, 1)))
    place = chance.choice(("start", "start", "end", "end", "middle", "none", "both"))
    plan = f"1..{planned}\n"
    if place in ("start", "both"):
        lines.insert(0, plan)
    if place in ("end", "both"):
        lines.append(plan)
    if place == "middle":
        lines.insert(2 * chance.randint(1, count), plan)
    return "".join(lines)


def verdict(text: str) -> str:
    """Return what we say."""
    try:
        found = parse_results("tap", text)
    except InputError:
        return "bad"
    return "bad" if any(test.outcome.is_bad for test in found) else "good"


def test_documents_are_good_where_perl_says_so() -> None:
    """Plans, numbers, directives and YAML: no failure passes that Test::Harness sees, nor is
    one made up."""
    perl = shutil.which("perl")
    if perl is None or subprocess.run([perl, "-MTAP::Parser", "-MJSON::PP", "-e1"]).returncode:
        pytest.skip("perl with TAP::Parser is not installed")
    chance = random.Random(14)
    texts = [document(chance) for _ in range(400)]
    done = subprocess.run(
        [perl, "-e", PARSER], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    expected = done.stdout.split()
    assert {"good", "bad"} == set(expected)
    assert {} == {
        text: theirs
        for text, theirs in zip(texts, expected, strict=True)
        if verdict(text) != theirs
    }
