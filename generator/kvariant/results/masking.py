# SPDX-License-Identifier: MIT
"""The names of variants in what tools print, put so that one failure is the same in all.

    variant   printed                          told
    net       cannot open net/a.c              cannot open VARIANT/a.c
    net       t.py::test_x[net-1]              t.py::test_x[VARIANT-1]
    net       netmask, sub-net, no-net.c       as they are: these are other words
    net       no net                           no VARIANT; where others say "no net": no net

One rule: a name counts where it stands alone, or first among the parameters of a test.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

NAME = "VARIANT"
"""What stands in a message in place of the name of the variant that it is of."""
_MOST = 6
"""Names in one message of which each is looked at by itself; of more, all or none are names."""


def masked(text: str, variant: str) -> str:
    """Return a text with `NAME` wherever it names a variant."""
    return _pattern(variant).sub(NAME, text)


@functools.lru_cache(1024)
def _pattern(variant: str) -> re.Pattern[str]:
    name = re.escape(variant)
    return re.compile(rf"(?<=\[){name}(?=[\]-])|(?<![\w.-]){name}(?![\w-])")


def without_variant(test: str, variant: str) -> str:
    """Return a test's id without the variant, the first of its parameters.

    What stands before `::` is a file, whose folders may have brackets in their names.
    """
    match = re.compile(rf"\[{re.escape(variant)}([\]-])").search(test, test.find("::") + 1)
    if match is None:
        return test
    return test[: match.start()] + ("[" if match[1] == "-" else "") + test[match.end() :]


Said = tuple[Hashable, str, str]
"""What a message is about (a step, a test), the variant that it is of, and the message, masked."""


def alike(said: Sequence[Said], key: Callable[[str], str] = str) -> list[str]:
    """Return messages in the words that most variants have in common.

    A word that is the variant's name need not stand for it: "no net" of the variant `net`
    is "no VARIANT", where all others say "no net". Then it is put back.

    Args:
        said: the messages of all variants.
        key: a message without what differs in any case.
    """
    count: Counter[tuple[Hashable, str]] = Counter()
    every = [list(ways(message, variant)) for _, variant, message in said]
    for (about, _, _), mine in zip(said, every, strict=True):
        count.update({(about, key(way)) for way in mine})

    def best(about: Hashable, mine: Sequence[str]) -> str:
        return max(mine, key=lambda way: count[about, key(way)])  # the first: as it is masked

    return [best(about, mine) for (about, _, _), mine in zip(said, every, strict=True)]


def ways(message: str, variant: str) -> Iterator[str]:
    """Yield a message with each choice of its masked names put back, none first."""
    first, *rest = message.split(NAME)
    if len(rest) > _MOST:
        yield from (message, message.replace(NAME, variant))
        return
    for names in itertools.product((NAME, variant), repeat=len(rest)):
        yield first + "".join(text for pair in zip(names, rest, strict=True) for text in pair)
