# SPDX-License-Identifier: MIT
"""A fragment's lines as a tree's own tool takes them: judged by type, the last one counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.kconfig.line_value import Refusal, judged

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.fragment import Request
    from kvariant.kconfig.symbol import Symbol
    from kvariant.kconfig.value import SymbolType


def judged_requests(
    requests: Iterable[Request], types: Mapping[str, SymbolType], dialect: Dialect, prefix: str
) -> tuple[Request, ...]:
    """Return requests with the values that their lines give, in order.

    A line that the tool does not take leaves its symbol as the lines before it set it; it
    is in the result, refused with a reason, unless a later line of the symbol counts.
    What the tool reads as a comment is left out.

    Args:
        types: the types of the tree's symbols; requests of others stay as they are.
        prefix: what stands before a symbol's name in a `.config`.
    """
    found: list[Request] = []
    for request in requests:
        one = _judged(request, types.get(request.symbol), dialect, prefix)
        if one is not None:
            found.append(one)
    last = {r.symbol: i for i, r in enumerate(found) if not r.refused}
    return tuple(r for i, r in enumerate(found) if not r.refused or last.get(r.symbol, -1) < i)


def _judged(
    request: Request, type_: SymbolType | None, dialect: Dialect, prefix: str
) -> Request | None:
    if request.raw is None or type_ is None:
        return request
    if request.is_unset:
        return _unset(request, dialect, prefix)
    value = judged(request.raw, type_, dialect)
    if isinstance(value, Refusal):
        write = f"write {prefix}{request.symbol}={value.write}" if value.write else ""
        reason = f"{request.symbol} is {type_.phrase}: {value.reason}"
        return replace(request, refused=reason, hint=write)
    return replace(request, value=value)


def _unset(request: Request, dialect: Dialect, prefix: str) -> Request | None:
    tail = request.raw or ""
    if not dialect.exact_unset or not tail:
        return request
    if tail.strip():
        return None
    return replace(
        request,
        refused="blanks at its end make the line a comment to this tree's tool",
        hint=f"write # {prefix}{request.symbol} is not set",
    )


def effective_requests(requests: Sequence[Request], symbols: Mapping[str, Symbol]) -> list[Request]:
    """Return the last request per symbol.

    The selection of a choice's member that another file overrides is left out.
    """

    def choice_of(request: Request) -> int | None:
        symbol = symbols.get(request.symbol)
        return symbol.choice if symbol else None

    selected: dict[int, Request] = {}
    for request in requests:
        choice = choice_of(request)
        if choice is not None and request.value == "y":
            selected[choice] = request

    def is_overridden(request: Request) -> bool:
        choice = choice_of(request)
        winner = selected.get(choice) if choice is not None else None
        if winner is None or request.value != "y" or winner.symbol == request.symbol:
            return False
        files = [r.location.path if r.location else "" for r in (request, winner)]
        return files[0] != files[1]

    last = {request.symbol: request for request in requests}
    return [request for request in last.values() if not is_overridden(request)]
