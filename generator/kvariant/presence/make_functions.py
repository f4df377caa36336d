# SPDX-License-Identifier: MIT
"""The functions of make that give a text for texts, or a word for a word.

[GNU make manual, Functions for String Substitution and Analysis, Functions for File Names]
Functions that look at files, run a program or evaluate makefiles are none of these.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence


def suffixed(word: str, one: str, other: str) -> str:
    """Return a word as `$(x:one=other)` has it."""
    if "%" in one:
        return _patterned(word, one, other)
    return word[: len(word) - len(one)] + other if word.endswith(one) else word


def _patterned(word: str, pattern: str, replacement: str) -> str:
    """Return a word as `$(patsubst ...)` has it."""
    head, percent, tail = pattern.partition("%")
    if not percent:
        return replacement if word == pattern else word
    if len(word) < len(head) + len(tail) or not (word.startswith(head) and word.endswith(tail)):
        return word
    stem = word[len(head) : len(word) - len(tail)]
    return replacement.replace("%", stem, 1)


def _is_match(word: str, patterns: str) -> bool:
    """Return whether a word is one of some patterns."""
    for pattern in patterns.split():
        head, percent, tail = pattern.partition("%")
        if word == pattern or (
            percent
            and len(word) >= len(head) + len(tail)
            and word.startswith(head)
            and word.endswith(tail)
        ):
            return True
    return False


def wordwise(function: str, plain: Sequence[str], word: str) -> str | None:
    """Return what a function makes of one word, None where it leaves it out."""
    match function:
        case "addprefix":
            return plain[0] + word
        case "addsuffix":
            return word + plain[0]
        case "patsubst":
            return _patterned(word, plain[0], plain[1])
        case "subst":
            return word.replace(plain[0], plain[1]) if plain[0] else word
        case "filter":
            return word if _is_match(word, plain[0]) else None
        case "filter-out":
            return None if _is_match(word, plain[0]) else word
        case "notdir":
            return word.rpartition("/")[2]
        case "dir":
            return word[: word.rfind("/") + 1] or "./"
        case "basename":
            return posixpath.splitext(word)[0]
    return None


WORDWISE: Mapping[str, int] = {
    "addprefix": 2, "addsuffix": 2, "patsubst": 3, "subst": 3, "filter": 2, "filter-out": 2,
    "notdir": 1, "dir": 1, "basename": 1,
}  # fmt: skip
"""Functions of each word of their last argument, and how many arguments they take."""


def _of_words(function: str) -> Callable[..., str]:
    def applied(*texts: str) -> str:
        plain = [text if function == "subst" else text.strip() for text in texts[:-1]]
        if function == "subst":
            return texts[2].replace(texts[0], texts[1]) if texts[0] else texts[2]
        found = (wordwise(function, plain, word) for word in texts[-1].split())
        return " ".join(word for word in found if word is not None)

    return applied


def _word(number: str, text: str) -> str:
    words = text.split()
    index = int(number) if number.strip().isdigit() else 0
    return words[index - 1] if 0 < index <= len(words) else ""


FUNCTIONS: Mapping[str, tuple[int, Callable[..., str]]] = {
    **{name: (count, _of_words(name)) for name, count in WORDWISE.items()},
    "strip": (1, lambda text: " ".join(text.split())),
    "sort": (1, lambda text: " ".join(sorted(set(text.split())))),
    "findstring": (2, lambda one, text: one if one in text else ""),
    "firstword": (1, lambda text: next(iter(text.split()), "")),
    "lastword": (1, lambda text: (text.split() or [""])[-1]),
    "words": (1, lambda text: str(len(text.split()))),
    "word": (2, _word),
    "and": (0, lambda *texts: texts[-1].strip() if all(t.strip() for t in texts) else ""),
    "or": (0, lambda *texts: next((t.strip() for t in texts if t.strip()), "")),
    "info": (1, lambda _: ""),
    "warning": (1, lambda _: ""),
    "error": (1, lambda _: ""),
}
"""Functions that give one text for texts: how many they take (0: any number), and the function."""
