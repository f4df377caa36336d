# SPDX-License-Identifier: MIT
"""Names for chosen variants: short, and saying what makes each one different.

A name lists the values in which a variant differs from the base (the tree's
defaults, where nothing else is the base), in Kconfig order:

    base                          nothing differs
    arm64-noswap-userfaultfd      ARM64=y, SWAP=n, USERFAULTFD=y
    usb.m-nr_cpus.64              USB=m, NR_CPUS=64

What follows from other values (symbols without a prompt, the unselected members
of a choice) is left out where the name is unique without it. Where the list gets
long, a name has the few values that tell the variant from all others; where no
few do, the first ones and a digest of all. Either way it is made of the
variant's own values, so that an edit elsewhere leaves it alone; and a name that
is in use already stays with the variant whose values it stood for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from kvariant.digest import text_digest

if TYPE_CHECKING:
    from kvariant.kconfig.value import ValueTexts

BASE = "base"
"""The name of what differs from the base in nothing."""
LONG = 48
"""Characters; a longer list of values is cut down to the telling ones."""
_MOST = 64
"""Characters that a variant's name can have."""
_TELLING = 4
"""Values in a name that has no room for all."""
_FIRST = 3
"""Values before a digest."""
_CANDIDATES = 64
"""Values of a variant, the rarest ones, that are tried as telling."""
_DIGEST = 4
"""Hexadecimal digits; more where that few are not unique."""

_Literal = tuple[str, str]


def names(
    configurations: Sequence[ValueTexts],
    symbols: Sequence[str],
    taken: Collection[str] = (),
    *,
    base: ValueTexts | None = None,
    choices: Iterable[Sequence[str]] = (),
    derived: Collection[str] = (),
    previous: Mapping[str, ValueTexts] | None = None,
) -> tuple[str, ...]:
    """Return a name for each configuration: unique, and a valid variant name.

    Args:
        configurations: what to name.
        symbols: those that the variants were chosen by, in Kconfig order.
        taken: names that others have.
        base: what a name tells the difference to; None: everything n or empty.
        choices: members of each choice. Of a choice only what is selected is
            named, without the words that all members begin with.
        derived: symbols without a prompt, named only where the others do not tell.
        previous: names in use and the values that each stands for. A variant
            with the same values keeps its name; where several have them
            (a new symbol split the old variant) the one closest to the base does.

    Cost: about 0.1 ms for each.
    """
    labels = _Labels(symbols, base or {}, choices)
    literals = [labels.literals(c) for c in configurations]
    kept = _kept(configurations, labels, previous or {}, set(taken))
    hidden = set(derived).intersection(symbols)
    made = _Telling(_shown(literals, hidden), labels).names()
    used = {*taken, *kept.values()}
    digests = [_digest(own, c) for own, c in zip(literals, configurations, strict=True)]
    rest = [i for i in range(len(configurations)) if i not in kept]
    return _unique(kept, rest, made, digests, used)


class _Labels:
    """How values are spelled in names."""

    def __init__(
        self, symbols: Sequence[str], base: ValueTexts, choices: Iterable[Sequence[str]]
    ) -> None:
        self.symbols = tuple(symbols)
        self._base = base
        self._members: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, str] = {}
        for choice in choices:
            shared = _shared_words(choice)
            for member in choice:
                self._members[member] = tuple(choice)
                self._words[member] = member[len(shared) :]

    def literals(self, values: ValueTexts) -> list[_Literal]:
        """Return what differs from the base and is worth saying."""
        return [
            (name, text)
            for name in self.symbols
            if (text := values.get(name, "")) != self._of_base(name, text)
            and not self._is_implied(name, text, values)
        ]

    def distance(self, values: ValueTexts, but: Collection[str]) -> int:
        """Return in how many symbols, those in `but` left out, values differ from the base."""
        return sum(
            text != self._of_base(name, text)
            for name in self.symbols
            if name not in but and (text := values.get(name, "")) is not None
        )

    def label(self, literal: _Literal) -> str:
        """Return a value as a word: `swap`, `noswap`, `usb.m`, `nr_cpus.64`."""
        name, text = literal
        word = _word(self._words.get(name, name))
        if text == "y":
            return word
        if text in ("n", ""):
            return f"no{word}"
        return f"{word}.{_word(text)[:12]}"

    def _of_base(self, name: str, text: str) -> str:
        found = self._base.get(name)
        if found is None:  # no base: what is off differs in nothing
            return text if text in ("n", "") else "n"
        return found

    def _is_implied(self, name: str, text: str, values: ValueTexts) -> bool:
        """Return whether another member of its choice says that this one is n."""
        return text == "n" and any(values.get(m) == "y" for m in self._members.get(name, ()))


class _Telling:
    """The words that tell each variant from the others."""

    def __init__(self, literals: Sequence[Sequence[_Literal]], labels: _Labels) -> None:
        self._literals = literals
        self._labels = labels
        self._everyone = (1 << len(literals)) - 1
        self._having: dict[_Literal, int] = defaultdict(int)  # a bit for each variant
        for index, own in enumerate(literals):
            for literal in own:
                self._having[literal] |= 1 << index

    def names(self) -> list[str]:
        """Return a name for each, not always unique."""
        return [self._name(index, own) for index, own in enumerate(self._literals)]

    def _name(self, index: int, own: Sequence[_Literal]) -> str:
        if not own:
            return BASE
        whole = "-".join(map(self._labels.label, own))
        return whole if len(whole) <= LONG else self._short(index, own)

    def _short(self, index: int, own: Sequence[_Literal]) -> str:
        """Return the fewest values that no other variant has together, found greedily.

        The first `_FIRST` values where these do not fit: the digest that follows
        then tells variants apart, and what does not depend on the others stays
        the same whatever they are.
        """
        order = {literal: place for place, literal in enumerate(own)}
        rare = sorted(own, key=lambda x: (self._having[x].bit_count(), order[x]))[:_CANDIDATES]
        others = self._everyone & ~(1 << index)
        chosen: list[_Literal] = []
        while (others or not chosen) and len(chosen) < _TELLING and len(chosen) < len(rare):
            best = min(
                (literal for literal in rare if literal not in chosen),
                key=lambda x: ((others & self._having[x]).bit_count(), order[x]),
            )
            others &= self._having[best]
            chosen.append(best)
        words = [self._labels.label(x) for x in sorted(chosen, key=order.__getitem__)]
        if others or len("-".join(words)) > LONG:
            words = [self._labels.label(literal) for literal in own[:_FIRST]]
        return "-".join(words)


def _shown(
    literals: Sequence[Sequence[_Literal]], derived: Collection[str]
) -> list[Sequence[_Literal]]:
    """Return each variant's values without derived symbols, kept ones last.

    Derived symbols that tell variants apart which nothing else does are kept.
    """
    distinct = len(set(map(tuple, literals)))
    without = _without(literals, derived)
    if len(set(without)) == distinct:
        return list(without)
    dropped: set[str] = set()
    for name in sorted(derived)[:_CANDIDATES]:
        if len(set(_without(literals, {*dropped, name}))) == distinct:
            dropped.add(name)
    return [
        sorted((x for x in own if x[0] not in dropped), key=lambda x: x[0] in derived)
        for own in literals
    ]


def _without(
    literals: Sequence[Sequence[_Literal]], names: Collection[str]
) -> list[tuple[_Literal, ...]]:
    return [tuple(x for x in own if x[0] not in names) for own in literals]


def _kept(
    configurations: Sequence[ValueTexts],
    labels: _Labels,
    previous: Mapping[str, ValueTexts],
    taken: Collection[str],
) -> dict[int, str]:
    """Return the variants that keep a name: index -> name."""
    kept: dict[int, str] = {}
    by_symbols: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
    known = set(configurations[0]) if configurations else set()
    for name, values in previous.items():
        common = tuple(symbol for symbol in values if symbol in known)
        if not common or name in taken:
            continue
        if common not in by_symbols:
            groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for index, configuration in enumerate(configurations):
                groups[tuple(configuration[symbol] for symbol in common)].append(index)
            by_symbols[common] = groups
        same = by_symbols[common].get(tuple(values[symbol] for symbol in common), [])
        free = [index for index in same if index not in kept]
        if free:
            but = set(common)
            kept[min(free, key=lambda i: (labels.distance(configurations[i], but), i))] = name
    return kept


def _unique(
    kept: Mapping[int, str],
    rest: Sequence[int],
    made: Sequence[str],
    digests: Sequence[str],
    used: set[str],
) -> tuple[str, ...]:
    """Return the kept names and the made ones, those that are not unique with a digest."""
    result = dict(kept)
    cut = [name[:_MOST].rstrip("._-") for name in made]
    times = Counter(cut[index] for index in rest)
    for index in rest:
        name = cut[index]
        if times[name] > 1 or name in used:
            name = _with_digest(name, digests[index], used)
        used.add(name)
        result[index] = name
    return tuple(result[index] for index in range(len(result)))


def _with_digest(name: str, digest: str, used: Collection[str]) -> str:
    for length in (_DIGEST, 2 * _DIGEST, 4 * _DIGEST):
        if (longer := _ending(name, digest[:length])) not in used:
            return longer
    # Equal in every value, so nothing but a number can tell them apart.
    return next(n for i in count(2) if (n := _ending(name, f"{digest[:_DIGEST]}-{i}")) not in used)


def _ending(name: str, end: str) -> str:
    return f"{name[: _MOST - len(end) - 1].rstrip('._-')}-{end}"


def _digest(own: Sequence[_Literal], values: ValueTexts) -> str:
    """Return a digest of what differs; of everything where nothing does."""
    content = own or sorted(values.items())
    return text_digest("\n".join(f"{n}={t}" for n, t in content))


def _shared_words(members: Sequence[str]) -> str:
    """Return the words, each with its "_", that all members of a choice begin with."""
    split = [member.split("_") for member in members]
    shared = 0
    # At least one word of each member is left.
    while len({tuple(words[: shared + 1]) for words in split}) == 1 and all(
        len(words) > shared + 1 for words in split
    ):
        shared += 1
    return "".join(f"{word}_" for word in split[0][:shared]) if len(split) > 1 else ""


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "x"
