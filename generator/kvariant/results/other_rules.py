# SPDX-License-Identifier: MIT
"""Whether results were made under the rules of another dialect than today's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Severity
from kvariant.plan.rules_then import under_other_rules

if TYPE_CHECKING:
    from kvariant.plan import Plans
    from kvariant.results.store import Store


def other_rules(store: Store, plans: Plans) -> Diagnostic | None:
    """Return the warning that the results so far were made under other rules, None if not."""
    then = store.last_about(plans.plans[0].matrix.name).get("dialects", ())
    told = under_other_rules(then, (plan.tree.dialect.label for plan in plans))
    if not told:
        return None
    return Diagnostic(
        message=f"the last results were {told}",
        code="other-rules",
        severity=Severity.WARNING,
        hint="what comes out otherwise runs again; what is as it was is reused",
    )
