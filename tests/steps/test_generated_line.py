# SPDX-License-Identifier: MIT
"""Which line of a variant's own files a failure points at."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.steps.generated_line import generated_line

CASES = {
    "absolute": ("{out}/include/x.h:12:9: error: no", "", "include/x.h:12"),
    "from the project": ("generated/v/include/x.h:12:9: error: no", "", "include/x.h:12"),
    "the command went there": ("include/x.h:3: error: no", "", "include/x.h:3"),
    "not the first letter": ("ERROR: in {out}/include/x.h:7, no", "", "include/x.h:7"),
    "a file of the tree": ("src/x.c:12:9: error: no", "", ""),
    # A file of the project that is called like one of ours is not ours.
    "one name": ("own/y.h:4:1: error: no", "", ""),
    # The first place is where it is.
    "the second is ours": ("src/x.c:1: error: see {out}/include/x.h:12:9", "", ""),
    "gone": ("{out}/include/z.h:12:9: error: no", "", ""),
    "a time": ("12:30:01 it failed", "", ""),
    "behind": ("error: no", "error: no\n  --> {out}/x.rs:5:2\n", "x.rs:5"),
    "a traceback": (
        "NameError: no",
        'File "/usr/lib/x.py", line 3, in a\n  File "{out}/p.py", line 9, in f\n'
        '  File "{out}/q.py", line 8, in g\nNameError: no\n',
        "q.py:8",
    ),
    "a traceback that goes through": (
        "ValueError: no",
        '  File "{out}/p.py", line 9, in f\n  File "/usr/lib/x.py", line 3, in a\nValueError: no\n',
        "p.py:9",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_line(tmp_path: Path, case: str) -> None:
    """Only of files that are in the variant's folder, however the output calls them."""
    out = tmp_path / "generated/v"
    for name in ("include/x.h", "p.py", "q.py", "x.rs", "own/y.h"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).touch()
    for name in ("src/x.c", "own/y.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    message, log, expected = CASES[case]
    places = {"{out}": str(out)}
    for mark, path in places.items():
        message, log = message.replace(mark, path), log.replace(mark, path)
    assert generated_line(message, log or f"{message}\n", out, tmp_path) == expected


def test_any_text_is_no_error(tmp_path: Path) -> None:
    """What is no path at all, or too long for one, points nowhere."""
    for text in ("\0:3: error", "x" * 9000 + ":3: error", "../" * 400 + "x:1:", ":::1:"):
        assert generated_line(text, text, tmp_path, tmp_path) == ""
