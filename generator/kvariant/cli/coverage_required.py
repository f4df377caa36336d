# SPDX-License-Identifier: MIT
"""The option `--require-coverage`: how much has to be covered for exit code 0."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from kvariant.cli.printer import say
from kvariant.errors import Diagnostic, InputError
from kvariant.report.coverage_share import percent

if TYPE_CHECKING:
    from kvariant.results.swept_coverage import SweptCoverage


def share_of(text: str) -> Fraction:
    """Return the share that `95`, `95%` or `99.5` means, exactly.

    Raises:
        InputError: it is no number from 0 to 100 [percent].
    """
    match = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*%?\s*", text)
    share = Fraction(match[1]) / 100 if match else None
    if share is None or share > 1:
        message = f"--require-coverage {text!r} is no percentage from 0 to 100"
        hint = "for example --require-coverage 95"
        raise InputError(Diagnostic(message=message, code="percent", hint=hint))
    return share


def tell_lacking(found: SweptCoverage | None, required: Fraction | None) -> bool:
    """Say it if less is covered than is required; return whether enough is."""
    if found is None or required is None or found.share >= required:
        return True
    needed = -(-found.total * required.numerator // required.denominator)
    say(
        Diagnostic(
            message=f"{percent(found.share)} is covered, and {float(required * 100):g} % is "
            f"required: {needed - found.covered:,} more of {found.total:,} {found.noun}s",
            code="coverage",
            hint="the same sweep again goes on where this one ended",
        ),
        err=True,
    )
    return False
