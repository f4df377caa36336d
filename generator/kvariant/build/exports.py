# SPDX-License-Identifier: MIT
"""The C source that asserts every helper's type and exports it over 64-bit words.

Each existing helper that is not private is exported under its own name. The
headers define a `static inline` of that name, so it is renamed by a macro while
the exporting function takes the name as its symbol (`__asm__`): else the two
would meet in the assembler wherever the compiler does not inline. Arguments
arrive as `uint64_t`, one per field of their type; a bool is 0 or 1.

Two tables say what is there:

    const char *const kvariant_helpers[]        NULL-terminated names
    const char *const kvariant_constants[]      NULL-terminated names
    const uint64_t kvariant_constant_values[]   in the same order
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.render import Helper, Interface, InterfaceConstant


def existing_helpers(interface: Interface, configuration: Configuration) -> tuple[Helper, ...]:
    """Return the helpers of C modules that exist in a configuration, private ones included.

    Each bears the name that it has there.
    """
    return tuple(
        h.named_in(configuration)
        for h in interface.helpers
        if "c" in interface.outputs(h.module) and configuration.satisfies(h.exists)
    )


def existing_constants(
    interface: Interface, configuration: Configuration
) -> tuple[InterfaceConstant, ...]:
    """Return the constants of C modules that exist in a configuration, private ones included.

    Each bears the name that it has there.
    """
    return tuple(
        c.named_in(configuration)
        for c in interface.constants
        if "c" in interface.outputs(c.module) and configuration.satisfies(c.exists)
    )


def exports_source(
    interface: Interface, configuration: Configuration, includes: Sequence[str]
) -> str:
    """Return the source of a variant's library.

    Args:
        interface: the helpers and constants.
        configuration: decides which of them exist.
        includes: headers by the path that `#include <...>` takes.
    """
    helpers = existing_helpers(interface, configuration)
    public = [h for h in helpers if not h.private]
    constants = [c for c in existing_constants(interface, configuration) if not c.private]
    lines = ["#include <stddef.h>", "#include <stdint.h>", "#include <stdbool.h>"]
    lines += [f"#define {helper.name} inline_{helper.name}" for helper in public]
    lines += [f"#include <{name}>" for name in includes]
    lines += [_assertion(h, interface.spelled(h, "c", configuration)) for h in helpers]
    for helper in public:
        lines += _export(interface, helper, interface.spelled(helper, "c", configuration))
    lines += _table("kvariant_helpers", [h.name for h in public])
    lines += _table("kvariant_constants", [c.name for c in constants])
    values = ", ".join([*(f"(uint64_t)({c.name})" for c in constants), "0"])
    lines.append("extern const uint64_t kvariant_constant_values[];")
    lines.append(f"const uint64_t kvariant_constant_values[] = {{ {values} }};")
    return "\n".join(lines) + "\n"


def words(interface: Interface, helper: Helper) -> tuple[str, ...]:
    """Return the 64-bit words that an exported helper takes, by name."""
    return tuple(name for argument in _argument_words(interface, helper) for name in argument)


def _argument_words(interface: Interface, helper: Helper) -> Iterator[tuple[str, ...]]:
    for argument in helper.arguments:
        fields = interface.types[argument.type].fields
        yield (
            (argument.name,) if len(fields) == 1 else tuple(f"{argument.name}_{f}" for f in fields)
        )


def _assertion(helper: Helper, spelled: Mapping[str, str]) -> str:
    result, *arguments = (
        spelled[name] for name in (helper.result, *(a.type for a in helper.arguments))
    )
    declared = f"{result} (*)({', '.join(arguments) or 'void'})"
    return (
        f"_Static_assert(__builtin_types_compatible_p(__typeof__(&{helper.name}), {declared}),"
        f' "{helper.name} does not have its declared type");'
    )


def _export(interface: Interface, helper: Helper, spelled: Mapping[str, str]) -> list[str]:
    values = [
        _from_words(interface.types[argument.type].from_, spelled[argument.type], names)
        for argument, names in zip(
            helper.arguments, _argument_words(interface, helper), strict=True
        )
    ]
    taken = ", ".join(f"uint64_t {name}" for name in words(interface, helper)) or "void"
    call = f"{helper.name}({', '.join(values)})"
    to = interface.types[helper.result].to
    symbol = f"kvariant_export_{helper.name}"
    return [
        f'uint64_t {symbol}({taken}) __asm__("{helper.name}");',
        f"uint64_t {symbol}({taken})",
        "{",
        f"\treturn (uint64_t){f'{to}({call})' if to else call};",
        "}",
    ]


def _from_words(maker: str, spelled: str, names: Sequence[str]) -> str:
    return f"{maker}({', '.join(names)})" if maker else f"({spelled}){names[0]}"


def _table(name: str, entries: Sequence[str]) -> list[str]:
    listed = ", ".join([*(f'"{entry}"' for entry in entries), "NULL"])
    return [f"extern const char *const {name}[];", f"const char *const {name}[] = {{ {listed} }};"]
