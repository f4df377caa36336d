# SPDX-License-Identifier: MIT
"""Random Kconfig trees of every kind that some `conf` reads, as blocks that can be taken away.

`wild_tree(seed, release)` is a pure function of its arguments. Each tree has its own part
of the kinds there are (`Kind`), so that every pair of them meets in some tree without all
of them drowning each other in each. Symbols are planned in an order and expressions name
earlier ones, selects and implies later ones; one in some hundred is drawn from all, so that
trees with loops come up: the conf that is asked refuses those.

It shares nothing with tests/strategies.py: other oracles, other accidents.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from blocks import Block


class Kind(enum.Enum):
    """What a tree may be made of."""

    TRISTATE = enum.auto()
    MODULES = enum.auto()
    NUMBERS = enum.auto()
    BARE_NUMBERS = enum.auto()
    """Ints and hexes without default."""
    ODD_NUMBERS = enum.auto()
    """Negative ones, hexes without 0x, capitals, leading zeros, the ends of 64 bits."""
    RANGES = enum.auto()
    RANGES_OF_SYMBOLS = enum.auto()
    STRINGS = enum.auto()
    ESCAPES = enum.auto()
    """Quotes and backslashes in strings."""
    DEFAULTS = enum.auto()
    ODD_DEFAULTS = enum.auto()
    """Of another type: a string's is a bool, an int's a hex; a word without quotes."""
    SELECT = enum.auto()
    IMPLY = enum.auto()
    COMPARISONS = enum.auto()
    ORDERED_TEXTS = enum.auto()
    ODD_COMPARISONS = enum.auto()
    """Between types: bool and text, hex and int, two constants."""
    PROMPT_CONDITIONS = enum.auto()
    HIDDEN = enum.auto()
    """Symbols without prompt."""
    MENUS = enum.auto()
    VISIBLE_IF = enum.auto()
    IF_BLOCKS = enum.auto()
    TWICE = enum.auto()
    """Symbols with two definitions."""
    UNDEFINED = enum.auto()
    LOOPS = enum.auto()
    CHOICES = enum.auto()
    CHOICE_CONDITIONS = enum.auto()
    """On the prompt or the whole of a choice."""
    CHOICE_DEFAULTS = enum.auto()
    MEMBER_CONDITIONS = enum.auto()
    MEMBER_LEVERS = enum.auto()
    """Members that select and imply, and that are selected or implied."""
    MEMBER_DEFAULTS = enum.auto()
    IF_IN_CHOICE = enum.auto()
    TRISTATE_CHOICES = enum.auto()
    OPTIONAL_CHOICES = enum.auto()
    NAMED_CHOICES = enum.auto()
    """With a name, and defined twice."""
    BARE_CHOICES = enum.auto()
    """Without prompt."""
    DEPENDS_IF = enum.auto()
    TRANSITIONAL = enum.auto()


_OLD_CHOICES = {
    Kind.MEMBER_DEFAULTS,
    Kind.TRISTATE_CHOICES,
    Kind.OPTIONAL_CHOICES,
    Kind.NAMED_CHOICES,
    Kind.BARE_CHOICES,
}
_NEWEST = {Kind.DEPENDS_IF, Kind.TRANSITIONAL}

COMMON = frozenset(Kind) - _OLD_CHOICES - _NEWEST
"""What every tool reads."""

RELEASES = {
    "kconfiglib": COMMON | _OLD_CHOICES,
    "4.20": COMMON | _OLD_CHOICES,
    "6.1": COMMON | _OLD_CHOICES,
    "6.12": COMMON,
    "7.2": COMMON | _NEWEST,
}
"""What the tool of a release reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WildTree:
    """A random tree, and what assignments to it draw from."""

    file: Block
    types: dict[str, str]
    """The type of every symbol that the plan has, in its order."""
    choices: tuple[tuple[str, ...], ...]
    """The members of each choice."""
    numbers: tuple[int, ...]
    """Numbers that the tree bounds or compares by."""
    texts: tuple[str, ...]
    """Texts that the tree has as defaults or compares with."""

    @property
    def text(self) -> str:
        """The Kconfig file."""
        return self.file.text


def wild_tree(seed: str, release: str) -> WildTree:
    """Return the tree of a seed, made of what a release's tool reads.

    Args:
        seed: any text; the same one gives the same tree.
        release: a key of `RELEASES`.
    """
    rng = random.Random(f"tree {seed}")
    return _Planting(rng, RELEASES[release], release).tree()


_LOGICAL = ("bool", "tristate")
_NUMERIC = ("int", "hex")
_TEXTS = ("", "a", "b", "A", "ab", "y", "n", "m", "10", "9", "0x10", "x y", "-1", "z")
_ESCAPES = ('q"q', "back\\slash", "end\\", '"', "\\\\", 'a\\"b', "tab\there", "#no", "'")
_ENDS = (2**31, 2**32, 2**63 - 1, 2**63, 2**64)


@dataclass
class _Plan:
    """A symbol or choice to be written: `order` is its place in the plan."""

    order: int
    names: list[str]
    """The symbol, or the members."""


@dataclass
class _Planting:
    """The making of one tree."""

    rng: random.Random
    allowed: frozenset[Kind]
    release: str
    types: dict[str, str] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    choices: list[list[str]] = field(default_factory=list)
    transitional: set[str] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def tree(self) -> WildTree:
        share = self.rng.choice((0.35, 0.6, 0.9))
        self.kinds = {kind for kind in Kind if self.rng.random() < share} & self.allowed
        self.tristates = self._has(Kind.TRISTATE)
        plans = self._plans()
        self.last = len(plans)
        blocks = [(plan.order, block) for plan in plans for block in self._blocks(plan)]
        if self.rng.random() < 0.4:
            self.rng.shuffle(blocks)
        inside = self._nested(blocks)
        if self._has(Kind.MODULES) or (self.tristates and self._chance(0.7)):
            inside = [self._modules(), *inside]
        return WildTree(
            file=Block(inside=tuple(inside)),
            types=self.types,
            choices=tuple(tuple(names) for names in self.choices),
            numbers=tuple(sorted(self.numbers)) or (5,),
            texts=tuple(sorted(self.texts)) or ("a",),
        )

    # The plan

    def _plans(self) -> list[_Plan]:
        types = ["bool"] * 3
        types += ["tristate"] * 3 if self.tristates else []
        types += ["int", "int", "hex"] if self._has(Kind.NUMBERS) else []
        types += ["string", "string"] if self._has(Kind.STRINGS) else []
        plans = []
        for order in range(self.rng.randint(3, 11)):
            plan = _Plan(order, [])
            if self._has(Kind.CHOICES) and self._chance(0.3):
                self._plan_choice(plan)
            else:
                self._name(plan, self.rng.choice(types))
                if self._has(Kind.TRANSITIONAL) and self._chance(0.2):
                    self.transitional.add(plan.names[0])
            plans.append(plan)
        return plans

    def _plan_choice(self, plan: _Plan) -> None:
        kind = "bool"
        if self._has(Kind.TRISTATE_CHOICES) and self.tristates and self._chance(0.5):
            kind = "tristate"
        for _ in range(self.rng.randint(1, 4)):
            name = self._name(plan, kind if self._chance(0.9) else "bool")
            self.members[name] = len(self.choices)
        self.choices.append(plan.names)

    def _name(self, plan: _Plan, kind: str) -> str:
        name = f"{kind[0].upper()}{len(self.types)}"
        self.types[name] = kind
        self.orders[name] = plan.order
        plan.names.append(name)
        return name

    # Blocks

    def _modules(self) -> Block:
        self.types["MODULES"] = "bool"
        marked = "option modules" if self.release in ("kconfiglib", "4.20") else "modules"
        value = self.rng.choice(('bool "modules"', "def_bool y", 'bool "modules"'))
        default = ["default y"] if self._chance(0.6) and "def_bool" not in value else []
        return Block(head="config MODULES", properties=(value, *default, marked))

    def _blocks(self, plan: _Plan) -> Iterator[Block]:
        if plan.names[0] in self.members:
            yield from self._choice(plan)
            return
        name = plan.names[0]
        yield self._symbol(name)
        if self._has(Kind.TWICE) and self._chance(0.25) and name not in self.transitional:
            yield self._symbol(name, again=True)

    def _symbol(self, name: str, *, again: bool = False) -> Block:
        kind, order = self.types[name], self.orders[name]
        if name in self.transitional:
            return Block(head=f"config {name}", properties=(kind, "transitional"))
        lines = list(self._declared(name, again=again))
        lines += self._depends(order)
        lines += self._defaults(name)
        if kind in _NUMERIC:
            lines += self._ranges(name)
        if kind in _LOGICAL:
            lines += self._levers(order)
        word = "config"
        if any(f'"{name.lower()}"' in line for line in lines[:2]) and self._chance(0.1):
            word = "menuconfig"
        return Block(head=f"{word} {name}", properties=tuple(lines))

    def _declared(self, name: str, *, again: bool) -> Iterator[str]:
        """Give the lines of a symbol's type and prompt."""
        kind, order = self.types[name], self.orders[name]
        asked = not (self._has(Kind.HIDDEN) and self._chance(0.5 if again else 0.25))
        prompt = f'"{name.lower()}"'
        if asked and self._has(Kind.PROMPT_CONDITIONS) and self._chance(0.4):
            prompt += f" if {self._expression(order)}"
        if not asked:
            if not again and kind in _LOGICAL and self._chance(0.3):
                condition = f" if {self._expression(order)}" if self._chance(0.4) else ""
                yield f"def_{kind} {self._logical_default(order)}{condition}"
            elif not again or self._chance(0.5):
                yield kind
        elif self._chance(0.8):
            yield f"{kind} {prompt}"
        else:
            yield kind
            yield f"prompt {prompt}"

    def _depends(self, order: int) -> Iterator[str]:
        while self._chance(0.35):
            condition = ""
            if self._has(Kind.DEPENDS_IF) and self._chance(0.5):
                condition = f" if {self._expression(order)}"
            yield f"depends on {self._expression(order)}{condition}"

    def _defaults(self, name: str) -> Iterator[str]:
        kind, order = self.types[name], self.orders[name]
        if kind in _NUMERIC and not (self._has(Kind.BARE_NUMBERS) and self._chance(0.5)):
            count = self.rng.choice((1, 1, 2))
        else:
            count = self.rng.choice((0, 1, 1, 2, 3)) if self._has(Kind.DEFAULTS) else 0
        for _ in range(count):
            condition = f" if {self._expression(order)}" if self._chance(0.4) else ""
            yield f"default {self._default(kind, order)}{condition}"

    def _default(self, kind: str, order: int) -> str:
        if kind in _LOGICAL:
            return self._logical_default(order)
        odd = self._has(Kind.ODD_DEFAULTS) and self._chance(0.25)
        wanted = tuple(self.types.values()) if odd else (kind,)
        known = [n for n in self._earlier(order) if self.types[n] in wanted]
        if kind not in _LOGICAL and Kind.NAMED_CHOICES not in self.allowed:
            # From 6.11 on the text of a choice's member is "" or "n", as it comes: its value is
            # set from outside (sym_calc_choice() in symbol.c), its text when it is looked at.
            known = [n for n in known if n not in self.members]
        if known and self._chance(0.4):
            return self.rng.choice(known)
        if kind in _NUMERIC:
            return self._number("hex" if odd and kind == "int" and self._chance(0.3) else kind)
        if odd and self._chance(0.5):
            return self.rng.choice(("word", "12", "0x1F", "y", "n"))
        return self._quoted()

    def _logical_default(self, order: int) -> str:
        if self._chance(0.6):
            return self.rng.choice(("y", "y", "m", "n"))
        return self._expression(order)

    def _ranges(self, name: str) -> Iterator[str]:
        kind, order = self.types[name], self.orders[name]
        while self._has(Kind.RANGES) and self._chance(0.45):
            condition = f" if {self._expression(order)}" if self._chance(0.4) else ""
            low, high = sorted(
                (self._number(kind), self._number(kind)),
                key=lambda text: int(text, 10 if kind == "int" else 16),
            )
            if self._chance(0.05):
                low, high = high, low
            known = [n for n in self._earlier(order) if self.types[n] in _NUMERIC]
            if self._has(Kind.RANGES_OF_SYMBOLS) and known:
                low = self.rng.choice(known) if self._chance(0.4) else low
                high = self.rng.choice(known) if self._chance(0.4) else high
            yield f"range {low} {high}{condition}"

    def _levers(self, order: int) -> Iterator[str]:
        for word, kind in (("select", Kind.SELECT), ("imply", Kind.IMPLY)):
            while self._has(kind) and self._chance(0.3):
                targets = [
                    n
                    for n, o in self.orders.items()
                    if o > order
                    and self.types[n] in _LOGICAL
                    and n not in self.transitional
                    and (n not in self.members or self._has(Kind.MEMBER_LEVERS))
                ]
                if self._has(Kind.LOOPS) and self._chance(0.02):
                    targets = [n for n, t in self.types.items() if t in _LOGICAL]
                if not targets:
                    break
                condition = f" if {self._expression(order)}" if self._chance(0.4) else ""
                yield f"{word} {self.rng.choice(targets)}{condition}"

    # Choices

    def _choice(self, plan: _Plan) -> Iterator[Block]:
        order, names = plan.order, plan.names
        named = self._has(Kind.NAMED_CHOICES) and self._chance(0.5)
        head = f"choice CHOICE{self.members[names[0]]}" if named else "choice"
        inside = self._member_blocks(order, names)
        if named and len(inside) > 1 and self._chance(0.3):  # each half in a place of its own
            half = len(inside) // 2
            yield self._one_choice(head, order, names, inside[:half])
            yield self._one_choice(head, order, names, inside[half:])
        else:
            yield self._one_choice(head, order, names, inside)
            if named and self._chance(0.5):
                yield self._one_choice(head, order, names, inside)
        for name in names:
            if self._has(Kind.TWICE) and self._chance(0.15):
                properties = (*self._depends(order), *self._member_extras(name))
                yield Block(head=f"config {name}", properties=properties)

    def _one_choice(
        self, head: str, order: int, names: Sequence[str], inside: Sequence[Block]
    ) -> Block:
        kind = self.types[names[0]]
        lines = []
        if not (self._has(Kind.BARE_CHOICES) and self._chance(0.3)):
            condition = ""
            if self._has(Kind.CHOICE_CONDITIONS) and self._chance(0.5):
                condition = f" if {self._expression(order)}"
            lines.append(f'prompt "one of"{condition}')
        if self.release in ("6.1", "4.20", "kconfiglib") and (
            kind == "tristate" or self._chance(0.3)
        ):
            lines.insert(self.rng.choice((0, len(lines))), kind)
        if self._has(Kind.CHOICE_CONDITIONS):
            lines += self._depends(order)
        while self._has(Kind.CHOICE_DEFAULTS) and self._chance(0.5):
            condition = f" if {self._expression(order)}" if self._chance(0.5) else ""
            lines.append(f"default {self.rng.choice(names)}{condition}")
        if self._has(Kind.OPTIONAL_CHOICES) and self._chance(0.4):
            lines.append("optional")
        return Block(head=head, properties=tuple(lines), inside=tuple(inside), end="endchoice")

    def _member_blocks(self, order: int, names: Sequence[str]) -> list[Block]:
        blocks: list[Block] = []
        for name in names:
            condition = ""
            if self._has(Kind.MEMBER_CONDITIONS) and self._chance(0.3):
                condition = f" if {self._expression(order)}"
            lines = [f'{self.types[name]} "{name.lower()}"{condition}']
            if self._has(Kind.MEMBER_CONDITIONS):
                lines += self._depends(order)
            lines += self._member_extras(name)
            block = Block(head=f"config {name}", properties=tuple(lines))
            if self._has(Kind.IF_IN_CHOICE) and self._chance(0.25):
                head = f"if {self._expression(order)}"
                block = Block(head=head, inside=(block,), end="endif")
            blocks.append(block)
        if self._has(Kind.IF_IN_CHOICE) and len(blocks) > 1 and self._chance(0.2):
            head = f"if {self._expression(order)}"
            blocks = [*blocks[:-2], Block(head=head, inside=tuple(blocks[-2:]), end="endif")]
        return blocks

    def _member_extras(self, name: str) -> Iterator[str]:
        if self._has(Kind.MEMBER_DEFAULTS) and self._chance(0.25):
            condition = f" if {self._expression(self.orders[name])}" if self._chance(0.3) else ""
            yield f"default {self._logical_default(self.orders[name])}{condition}"
        if self._has(Kind.MEMBER_LEVERS) and self._chance(0.4):
            yield from self._levers(self.orders[name])

    # What holds blocks

    def _nested(self, blocks: Sequence[tuple[int, Block]]) -> list[Block]:
        """Put runs of blocks into menus and ifs."""
        kinds = [kind for kind in (Kind.MENUS, Kind.IF_BLOCKS) if self._has(kind)]
        nested = [block for _, block in blocks if "transitional" in block.properties]
        blocks = [(order, block) for order, block in blocks if block not in nested]
        i = 0
        while i < len(blocks):
            size = self.rng.randint(1, 4)
            part = blocks[i : i + size]
            if kinds and self._chance(0.25) and size < len(blocks):
                order = min(order for order, _ in part)
                nested.append(self._holder(self.rng.choice(kinds), order, self._nested(part)))
                i += size
            else:
                nested.append(blocks[i][1])
                i += 1
        return nested

    def _holder(self, kind: Kind, order: int, inside: Sequence[Block]) -> Block:
        if kind is Kind.IF_BLOCKS:
            head = f"if {self._expression(order)}"
            return Block(head=head, inside=tuple(inside), end="endif")
        lines = list(self._depends(order))
        if self._has(Kind.VISIBLE_IF) and self._chance(0.5):
            lines.append(f"visible if {self._expression(order)}")
        if self._chance(0.2):
            inside = [*inside, Block(head='comment "c"', properties=tuple(self._depends(order)))]
        return Block(head='menu "m"', properties=tuple(lines), inside=tuple(inside), end="endmenu")

    # Expressions

    def _expression(self, order: int, depth: int = 0) -> str:
        roll = self.rng.random()
        if depth < 2 and roll < 0.35:
            left, right = self._expression(order, depth + 1), self._expression(order, depth + 1)
            text = f"{left} {self.rng.choice(('&&', '||'))} {right}"
            return f"({text})" if depth else text
        if roll < 0.47 and depth < 3:
            inner = self._expression(order, depth + 1)
            return f"!{inner}" if " " not in inner or inner[0] == "(" else f"!({inner})"
        if roll < 0.7 and self._has(Kind.COMPARISONS):
            return self._comparison(order)
        return self._logical_leaf(order)

    def _logical_leaf(self, order: int) -> str:
        known = [n for n in self._earlier(order) if self.types[n] in _LOGICAL]
        if self._has(Kind.UNDEFINED) and self._chance(0.05):
            return "NOWHERE"
        if "MODULES" in self.types and self._chance(0.08):
            return "MODULES"
        if not known or self._chance(0.08):
            return self.rng.choice(("y", "m", "n"))
        return self.rng.choice(known)

    def _comparison(self, order: int) -> str:
        left = self._side(order)
        kind = self.types.get(left, "bool")
        odd = self._has(Kind.ODD_COMPARISONS) and self._chance(0.25)
        equal = ("=", "!=")
        ordered = ("<", "<=", ">", ">=")
        signs: tuple[str, ...] = equal
        if odd or kind in _NUMERIC or (kind == "string" and self._has(Kind.ORDERED_TEXTS)):
            signs = (*equal, *ordered)
        elif self._chance(0.3) and kind in _LOGICAL:
            signs = ordered
        right = self._side(order) if odd else self._side_of(kind, order)
        if odd and self._chance(0.2):
            left = self._constant(self.rng.choice(("bool", "int", "hex", "string")))
        if self._chance(0.15):
            left, right = right, left
        sign = self.rng.choice(signs)
        if sign == "!=" and right in ("y", '"y"') and self.types.get(left, "bool") == "bool":
            # conf from 6.11 takes `BOOL != y` for an expression that it is not, and dies, or
            # does anything: expr_transform() in its expr.c. No tree there can have it.
            sign = "="
        return f"{left} {sign} {right}"

    def _side(self, order: int) -> str:
        known = list(self._earlier(order))
        texts = [n for n in known if self.types[n] not in _LOGICAL]
        if texts and self._chance(0.6):
            return self.rng.choice(texts)
        return self.rng.choice(known) if known else self.rng.choice(("y", "m", "n"))

    def _side_of(self, kind: str, order: int) -> str:
        family = next(f for f in (_LOGICAL, _NUMERIC, ("string",)) if kind in f)
        if not self._has(Kind.ODD_COMPARISONS) and kind in _NUMERIC:
            family = (kind,)
        known = [n for n in self._earlier(order) if self.types[n] in family]
        return self.rng.choice(known) if known and self._chance(0.3) else self._constant(kind)

    def _constant(self, kind: str) -> str:
        if kind in _NUMERIC:
            number = self._number(kind)
            return f'"{number}"' if self._chance(0.2) else number
        if kind == "string":
            return self._quoted()
        return self.rng.choice(("y", "m", "n", "y", "m", "n", '"y"'))

    def _number(self, kind: str) -> str:
        odd = self._has(Kind.ODD_NUMBERS) and self._chance(0.3)
        number = self.rng.choice((0, 1, 2, 3, 5, 8, 9, 10, 15, 16, 17, 100))
        if odd and self._chance(0.2):
            number = self.rng.choice(_ENDS) - self.rng.choice((0, 0, 1))
        self.numbers.add(number)
        if kind == "int":
            if odd and number and self._chance(0.7):
                self.numbers.add(-number)
                return str(-number)
            return str(number)
        text = f"{number:x}"
        if odd:
            return self.rng.choice((f"0x{text.upper()}", f"0X{text}", f"0x0{text}", f"0x{text}"))
        return f"0x{text}"

    def _quoted(self) -> str:
        pool = _ESCAPES if self._has(Kind.ESCAPES) and self._chance(0.4) else _TEXTS
        text = self.rng.choice(pool)
        self.texts.add(text)
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    # Chances

    def _has(self, kind: Kind) -> bool:
        return kind in self.kinds

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _earlier(self, order: int) -> Iterator[str]:
        """Give the symbols that an expression at a place in the plan may name."""
        if self._has(Kind.LOOPS) and self._chance(0.005):
            order = self.last
        return (name for name, place in self.orders.items() if place < order)
