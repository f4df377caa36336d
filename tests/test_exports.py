"""What `import kvariant` promises."""

from __future__ import annotations

import functools
import re
import sys

import kvariant

INTERNAL = {"Constants", "Factors", "Formula", "Image", "IncludePath", "Model", "Request"}
"""What is for kvariant's own strategies and views, and may change."""


def test_all_is_sorted_and_there() -> None:
    """`__all__` is sorted, and every name in it can be had."""
    assert sorted(kvariant.__all__) == kvariant.__all__
    assert [] == [name for name in kvariant.__all__ if getattr(kvariant, name, None) is None]


def test_what_public_classes_return_is_public() -> None:
    """A type of ours that a public method or property returns is in `__all__` as well."""
    returned: set[str] = set()
    for public in map(functools.partial(getattr, kvariant), kvariant.__all__):
        known = vars(sys.modules[public.__module__])
        for name, member in vars(public).items():
            call = getattr(member, "fget", None) or getattr(member, "func", None) or member
            told = str(getattr(call, "__annotations__", {}).get("return", ""))
            types = {} if name.startswith("_") else dict.fromkeys(re.findall(r"\b[A-Z]\w+", told))
            returned |= {
                word
                for word in types
                if getattr(known.get(word), "__module__", "").startswith("kvariant.")
            }
    assert {"Configuration", "Diagnostic", "Explanation"} <= returned
    assert returned - INTERNAL <= set(kvariant.__all__)
