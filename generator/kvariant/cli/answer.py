# SPDX-License-Identifier: MIT
"""A verb asked within this process: what it prints with --json, as a value."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

_ONE = threading.Lock()
"""The standard streams are the process's: one verb at a time has them."""


class Refused(Exception):  # noqa: N818  # an answer, and no error of this program's
    """A verb that could not do its work; its text is what the verb tells people."""


def answer(verb: str, options: Sequence[str], arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a verb prints with --json.

    Args:
        options: in the form `--name=value`, so that no value is taken for an option.
        arguments: what stands beside them.

    Its warnings go to the standard error, as they would. That its exit code is 1 is in the
    record for who looks.

    Raises:
        Refused: it prints errors.
    """
    from kvariant.cli import run

    words = [verb, *options, "--json", "--color=never", "--", *arguments]
    printed, told = io.StringIO(), io.StringIO()
    with _ONE, redirect_stdout(printed), redirect_stderr(told):
        run(words)
    try:
        record: dict[str, Any] = json.loads(printed.getvalue())
    except ValueError:  # an option that there is not is told in words alone
        raise Refused(told.getvalue().strip()) from None
    if "errors" in record:
        raise Refused(told.getvalue().strip())
    sys.stderr.write(told.getvalue())
    return record
