# SPDX-License-Identifier: MIT
"""Limits for what a template may compute: one that loops or grows for ever is an error.

    time       a signal ends what takes longer, between two steps of Python
    memory     the kernel refuses more, where no other thread runs that would miss it
    one step   what has no end within itself is refused before it begins: 9**(9**9), "x" * 10**10

Constants are computed where a template is compiled; that is limited as well.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

import jinja2
from jinja2.runtime import Context

from kvariant import address_space

SECONDS = 5.0
"""Of processor time, for one file of one variant; templates take milliseconds."""
MEMORY = 1 << 30
"""Bytes beyond what is in use already."""
TEXT = 1 << 26
"""Characters of a text, entries of a list, that one multiplication may make."""
BITS = 1 << 16
"""Of a number; those of C have 64."""
COUNT = 10_000_000
"""Steps of a `range`."""


class TooLongError(Exception):
    """A template took more time than it may."""


class TooLargeError(Exception):
    """A template would make more than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let what runs within take so many seconds of processor time, and `MEMORY`.

    Signals reach the main thread alone: elsewhere nothing is limited.

    Raises:
        TooLongError: it took more time.
        TooLargeError: it took more memory.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise TooLongError(f"took longer than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        with _memory():
            yield
    except MemoryError as error:  # its traceback says at which line of the template
        lack = TooLargeError(f"needs more than {MEMORY >> 20:,} MB of memory")
        raise lack.with_traceback(error.__traceback__) from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _memory() -> Iterator[None]:
    """Limit the address space, unless other threads start programs, which would inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = address_space.used()
    limit = (used or 0) + MEMORY
    is_less = soft == resource.RLIM_INFINITY or limit < soft
    if threading.active_count() > 1 or used is None or not is_less:
        yield
        return
    with contextlib.suppress(ValueError, OSError):  # a machine that sets none
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):  # it was not set either
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class LimitedEnvironment(jinja2.Environment):
    """An environment whose templates refuse a step that would not end.

    Jinja2 lets an environment have a say in operators where it is `sandboxed`. That is all that
    is used of it: templates are code of the project, and may do what they like otherwise.
    """

    sandboxed = True
    intercepted_binops = frozenset({"*", "**"})
    intercepted_unops: frozenset[str] = frozenset()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.globals["range"] = _range

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return what an operator makes of two values.

        Raises:
            TooLargeError: it is more than a template may make.
        """
        if operator == "**":
            _require_small_power(left, right)
            return left**right
        _require_small_product(left, right)
        return left * right

    def call(
        self,
        context: Context,
        function: Callable[..., Any],
        *arguments: Any,
        **named: Any,
    ) -> Any:
        """Return what a function returns, as elsewhere."""
        return context.call(function, *arguments, **named)

    def is_safe_attribute(self, value: Any, name: str, found: Any) -> bool:
        """Return whether the filter `attr` may have an attribute: any."""
        return True


def _range(*arguments: int) -> range:
    found = range(*arguments)
    with contextlib.suppress(OverflowError):  # a length beyond that of any list
        if len(found) <= COUNT:
            return found
    raise TooLargeError(f"a range of more than {COUNT:,} steps")


def _require_small_power(left: object, right: object) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > BITS:
        raise TooLargeError(f"a number of more than {BITS:,} bits")


def _require_small_product(left: object, right: object) -> None:
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > BITS:
            raise TooLargeError(f"a number of more than {BITS:,} bits")
        return
    many, times = (left, right) if isinstance(right, int) else (right, left)
    if isinstance(many, Sized) and isinstance(times, int) and len(many) * times > TEXT:
        what = "a text" if isinstance(many, str) else "a list"
        raise TooLargeError(f"{what} of {len(many) * times:,}, more than {TEXT:,} allowed")
