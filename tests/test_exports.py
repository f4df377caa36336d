"""What `import kvariant` promises."""

from __future__ import annotations

import kvariant


def test_all_is_sorted_and_there() -> None:
    """`__all__` is sorted, and every name in it can be had."""
    assert sorted(kvariant.__all__) == kvariant.__all__
    assert [] == [name for name in kvariant.__all__ if getattr(kvariant, name, None) is None]
