# SPDX-License-Identifier: MIT
"""Small random Kconfig trees as text, and what each can become by brute force.

`small_trees()` draws whole Kconfig files. Symbols are planned in an order, and every
dependency goes from an earlier to a later one, so that kconfiglib finds no loop: an
expression names earlier symbols only, a select or imply names a later one. The order of
the text is another one: blocks of symbols are shuffled.

`brute_force()` loads every assignment there is into plain kconfiglib. It shares no code
with kvariant. Users' states it tells apart::

    bool                   unset, n, y
    tristate               unset, n, m, y
    choice of type bool    unset, each member selected
    choice, type tristate  unset; in mode m or y each set of members asked for, and which was =y
    int, hex               unset, each number of the tree and those next to it
    string                 unset, each text of the tree and texts that sort between them

"Each number and those next to it" is exact for bool and tristate results as long as the
tree compares and bounds numbers only, which is all that is drawn.
"""

from __future__ import annotations

import io
import itertools
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import kconfiglib
from hypothesis import strategies as st

Assignment = Mapping[str, str]
"""User values by symbol. Order counts: the last `=y` member of a choice wins."""

LOGICAL = ("bool", "tristate")
NUMERIC = ("int", "hex")


@dataclass(frozen=True, slots=True)
class SmallTree:
    """The text of a Kconfig file; shown as it would be written."""

    text: str

    def __repr__(self) -> str:
        return f'SmallTree("""\\\n{self.text}""")'

    @contextmanager
    def written(self) -> Iterator[Path]:
        """Write the tree to a folder of its own and give the entry file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "Kconfig"
            path.write_text(self.text, encoding="utf-8")
            yield path


# Drawing


@dataclass(slots=True)
class _Slot:
    """A symbol or a choice of the plan."""

    index: int
    """Its place in the order of dependencies."""
    name: str
    kind: str
    """bool, tristate, int, hex, string, or choice."""
    members: tuple[str, ...] = ()
    """Of a choice: its members' names."""
    prompted: bool = False
    carries: bool = False
    """Of a string: whether its defaults may be symbols of other types."""
    inside: _Slot | None = None
    """Of a choice: a symbol that stands in it without being a member."""


_NUMBERS = {"int": ("1", "3", "16"), "hex": ("0x1", "0x3", "16", "0x10")}
_TEXTS = ('""', '"a"', '"b c"')
_RELATIONS = ("=", "!=", "<", "<=", ">", ">=")
_STATES = {"bool": 3, "tristate": 4, "int": 13, "hex": 11, "string": 9}


@dataclass(slots=True)
class _Sketch:
    """A tree while it is drawn."""

    draw: Callable[..., object]
    budget: int
    """Assignments that the tree may still multiply to."""
    slots: list[_Slot] = field(default_factory=list)
    modules_at: int = -1
    """Index of MODULES: whatever is not after it must not depend on it. -1 without."""

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent  # so that shrinking turns features off

    def number(self, low: int, high: int) -> int:
        value = self.draw(st.integers(low, high))
        assert isinstance(value, int)
        return value

    def one(self, items: Sequence[str]) -> str:
        return items[self.number(0, len(items) - 1)]

    def names(self, before: int, kinds: Sequence[str]) -> list[str]:
        """Return the symbols of these kinds that index `before` may depend on."""
        found = [s.name for s in self.slots[:before] if s.kind in kinds]
        if "bool" in kinds:
            found += [member for s in self.slots[:before] for member in s.members]
        return found

    def may_prompt(self, states: int) -> bool:
        if states > self.budget or not self.chance(85):
            return False
        self.budget //= states
        return True

    # Expressions

    def expression(self, before: int, depth: int = 2) -> str:
        form = self.number(0, 9) if depth else 0
        if form <= 3:
            return self.leaf(before)
        if form == 4:
            return f"!{self.leaf(before)}"
        if form == 5:
            return self.comparison(before)
        if form == 6:
            return f"!({self.expression(before, depth - 1)})"
        operator = "&&" if form <= 8 else "||"
        left, right = self.expression(before, depth - 1), self.expression(before, depth - 1)
        return f"({left} {operator} {right})"

    def leaf(self, before: int) -> str:
        constants = ["y", "y", "n", *(["m"] if before > self.modules_at else [])]
        known = self.names(before, LOGICAL)
        if known and not self.chance(8):
            return self.one(known)
        if not known and self.chance(85):
            return "y"  # or most of a tree would be dead
        return "UNDEFINED" if self.chance(5) else self.one(constants)

    def comparison(self, before: int) -> str:
        relation = self.one(_RELATIONS)
        logical = self.names(before, LOGICAL)
        numeric = self.names(before, NUMERIC)
        strings = self.names(before, ("string",))
        same = [s.name for s in self.slots[:before] if s.kind == "string" and not s.carries]
        sides: list[tuple[list[str], list[str]]] = []
        if logical:
            sides.append((logical, ["y", "m", "n", *logical, "1"]))
        if numeric:
            sides += [(numeric, ["1", "3", "0x10", *numeric])] * 2
        if strings:
            sides.append((strings, list(_TEXTS)))
        if same:
            sides.append((same, [*_TEXTS, *same]))
        if not sides:
            return self.leaf(before)
        left, right = sides[self.number(0, len(sides) - 1)]
        operands = [self.one(left), self.one(right)]
        return f"({f' {relation} '.join(operands[::-1] if self.chance(20) else operands)})"

    def condition(self, before: int, percent: int = 35) -> str:
        return f" if {self.expression(before)}" if self.chance(percent) else ""

    # Properties

    def default(self, slot: _Slot) -> str:
        return f"default {self.default_value(slot)}{self.condition(slot.index)}"

    def default_value(self, slot: _Slot) -> str:
        before = slot.index
        if slot.kind in LOGICAL:
            return self.expression(before) if self.chance(50) else self.one(["y", "n", '"y"'])
        if slot.kind == "string":
            known = [s.name for s in self.slots[:before] if s.kind == "string" and not s.carries]
            if slot.carries:
                known = self.names(before, ("string", "int", *LOGICAL))
            return self.one(known) if known and self.chance(35) else self.one(_TEXTS)
        known = self.names(before, (slot.kind,))
        return self.one(known) if known and self.chance(35) else self.one(_NUMBERS[slot.kind])

    def range(self, slot: _Slot) -> str:
        known = self.names(slot.index, (slot.kind,))
        constants = _NUMBERS[slot.kind]
        low = self.one(known) if known and self.chance(40) else self.one(constants[:2])
        high = self.one(known) if known and self.chance(40) else self.one(constants[1:])
        return f"range {low} {high}{self.condition(slot.index, 30)}"

    def forward(self, index: int, keyword: str) -> str:
        """Return a select or imply of a later symbol, "" if there is none."""
        later = [(s.name, s.index) for s in self.slots[index + 1 :] if s.kind in LOGICAL]
        if not later or self.chance(15):  # of a choice's member: without effect, but legal
            later += [(m, s.index) for s in self.slots[index + 1 :] for m in s.members]
        if not later:
            return ""
        target, at = later[self.number(0, len(later) - 1)]
        return f"{keyword} {target}{self.condition(at)}"

    def properties(self, slot: _Slot, *, again: bool = False) -> list[str]:
        """Return the lines below `config NAME`, `again` for a further definition."""
        lines: list[str] = []
        before = slot.index
        prompt = ""
        if slot.prompted if not again else (slot.prompted and self.chance(50)):
            prompt = f' "{slot.name.lower()}"{self.condition(before, 25)}'
        if not again or self.chance(50):
            lines.append(f"{slot.kind}{prompt}")
        elif prompt:
            lines.append(f"prompt{prompt}")
        for _ in range(self.number(0, 2) if self.chance(40) else 0):
            lines.append(f"depends on {self.expression(before)}")
        if slot.kind in NUMERIC and self.chance(50):
            lines += [self.range(slot) for _ in range(self.number(1, 2))]
        for _ in range(self.number(0, 2) if not slot.prompted or self.chance(50) else 0):
            lines.append(self.default(slot))
        if slot.kind in LOGICAL:
            lines += [line for line in (self.reverse(before)) if line]
        return lines

    def reverse(self, index: int) -> list[str]:
        keywords = ["select"] * self.chance(25) + ["imply"] * self.chance(25)
        return [self.forward(index, keyword) for keyword in keywords]

    # Definitions

    def definition(self, slot: _Slot, *, again: bool = False) -> list[str]:
        if slot.kind == "choice":
            return self.choice(slot)
        head = "menuconfig" if self.chance(5) else "config"
        lines = self.properties(slot, again=again)
        if slot.name == "MODULES" and not again and self.chance(50):
            lines.append("option modules")
        return [f"{head} {slot.name}", *_indented(lines)]

    def choice(self, slot: _Slot) -> list[str]:
        before = slot.index
        kind = "tristate" if before > self.modules_at and self.chance(50) else "bool"
        name = f" {slot.name}" if self.chance(25) else ""
        typed = self.chance(70)
        head = [*self.choice_prompt(slot, kind if typed else ""), *["optional"] * self.chance(25)]
        if self.chance(25):
            head.append(f"depends on {self.expression(before)}")
        for _ in range(self.number(0, 2)):
            head.append(f"default {self.one(slot.members)}{self.condition(before, 45)}")
        lines = [f"choice{name}", *_indented(head)]
        for position, member in enumerate(slot.members):
            if name and position and self.chance(25):  # the choice goes on elsewhere
                again = self.choice_prompt(slot, "") if self.chance(50) else []
                lines += ["endchoice", f"choice{name}", *_indented(again)]
            body = self.member(slot, member, kind, typed=typed or position > 0)
            if slot.inside and position == 0:
                body += self.inside(slot.inside, member)
            if self.chance(12):
                body = [f"if {self.expression(before)}", *_indented(body), "endif"]
            lines += _indented(body)
        return [*lines, "endchoice"]

    def choice_prompt(self, slot: _Slot, kind: str) -> list[str]:
        if not slot.prompted:
            return [kind] if kind else []
        text = f'"{slot.name.lower()}"{self.condition(slot.index, 25)}'
        return [f"{kind or 'prompt'} {text}"]

    def inside(self, slot: _Slot, member: str) -> list[str]:
        """Return a symbol that follows a member and depends on it: it makes a submenu."""
        head, *lines = self.definition(slot)
        return [head, *lines, f"  depends on {member}"]

    def member(self, slot: _Slot, member: str, kind: str, *, typed: bool) -> list[str]:
        before = slot.index
        any_type = before > self.modules_at and self.chance(15)
        own = self.one(LOGICAL) if any_type else kind
        lines = []
        leads = slot.inside is not None and member == slot.members[0]  # a menu needs a prompt
        prompt = ""
        if leads or self.chance(93):
            prompt = f' "{member.lower()}"{self.condition(before, 25)}'
        if not typed or not prompt or self.chance(85):
            lines.append(f"{own}{prompt}")
        else:  # the type is the choice's
            lines.append(f"prompt{prompt}")
        if self.chance(15):
            lines.append(f"depends on {self.expression(before)}")
        if self.chance(8):
            lines.append("default y")
        lines += [line for line in self.reverse(before) if line]
        return [f"config {member}", *_indented(lines)]

    # Layout

    def layout(self, slots: Sequence[_Slot], depth: int = 2) -> list[str]:
        """Return slots as text, some of them inside menus and ifs."""
        lines: list[str] = []
        rest = list(slots)
        while rest:
            if depth and self.chance(25):
                size = self.number(1, len(rest))
                lines += self.block(rest[:size], depth)
            elif any(rest[0] is slot.inside for slot in self.slots):
                size = 1
            else:
                size = 1
                lines += self.definition(rest[0])
            rest = rest[size:]
        return lines

    def block(self, slots: Sequence[_Slot], depth: int) -> list[str]:
        before = min(s.index for s in slots)
        body = self.layout(slots, depth - 1)
        if self.chance(50):
            return [f"if {self.expression(before)}", *_indented(body), "endif"]
        head = [f'menu "menu {before}"']
        if self.chance(50):
            head.append(f"  visible if {self.expression(before)}")
        if self.chance(30):
            head.append(f"  depends on {self.expression(before)}")
        return [*head, *_indented(body), "endmenu"]

    def again(self) -> list[str]:
        """Return a further definition of a symbol, or of a choice's member."""
        slot = self.slots[self.number(0, len(self.slots) - 1)]
        if slot.kind != "choice":
            return self.definition(slot, again=True)
        member = self.one(slot.members)
        lines = [f'bool "again"{self.condition(slot.index)}'] if self.chance(40) else []
        if self.chance(50):
            lines.append("default y")
        lines.append(f"depends on {self.expression(slot.index)}")
        return [f"config {member}", *_indented(lines)]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


@st.composite
def small_trees(
    draw: Callable[..., object],
    *,
    numbers: bool = True,
    choices: bool = True,
    budget: int = 1000,
    most: int = 8,
) -> SmallTree:
    """Draw a Kconfig file that kconfiglib parses.

    Args:
        draw: Hypothesis's.
        numbers: whether it may have int, hex and string symbols.
        choices: whether it may have choices.
        budget: about how many assignments it may have at most.
        most: how many symbols and choices it may have at most.
    """
    sketch = _Sketch(draw, budget)
    count = sketch.number(2, most)
    modules_at = sketch.number(0, 2) if sketch.chance(80) else -1
    sketch.modules_at = modules_at
    kinds = [*["bool", "tristate"] * 3, *["choice"] * 2 * choices]
    kinds += [*NUMERIC, "string"] * numbers
    for index in range(count):
        if index == modules_at:
            slot = _Slot(index, "MODULES", "bool")
            slot.prompted = sketch.may_prompt(3)
        else:
            slot = _planned(sketch, index, sketch.one(kinds))
        if sketch.slots and sketch.slots[-1].members and slot.kind in LOGICAL and sketch.chance(15):
            sketch.slots[-1].inside = slot
        sketch.slots.append(slot)
    if modules_at >= count:
        sketch.modules_at = -1
    lines = _shuffled_layout(sketch)
    if sketch.chance(20):
        lines += sketch.again()
    return SmallTree("\n".join(lines) + "\n")


def _planned(sketch: _Sketch, index: int, kind: str) -> _Slot:
    must_be_bool = index == 0 and kind not in (*LOGICAL, "choice")  # so that there is one
    if must_be_bool or (kind == "tristate" and index < sketch.modules_at):
        kind = "bool"
    name = f"{kind[0].upper()}{index}"
    if kind != "choice":
        prompted = sketch.may_prompt(_STATES[kind])
        return _Slot(index, name, kind, prompted=prompted, carries=sketch.chance(30))
    members = tuple(f"{name}_{letter}" for letter in "ABC"[: sketch.number(1, 3)])
    states = {1: 3, 2: 8, 3: 20}[len(members)]
    if states > sketch.budget:
        return _Slot(index, f"B{index}", "bool")
    sketch.budget //= states
    return _Slot(index, name, kind, members, prompted=sketch.chance(96))


def _shuffled_layout(sketch: _Sketch) -> list[str]:
    """Cut the plan into pieces and write them in another order."""
    slots = sketch.slots
    cut = sketch.number(0, len(slots)) if sketch.chance(30) else 0
    pieces = [slots[cut:], slots[:cut]]
    if sketch.chance(15):
        pieces = [piece[::-1] for piece in pieces]
    return [line for piece in pieces for line in sketch.layout(piece)]


# Brute force


@dataclass(frozen=True, slots=True)
class Resolution:
    """What kconfiglib makes of an assignment."""

    assignment: Assignment
    values: Mapping[str, str]
    """The value text of every symbol, in Kconfig order."""


def plain(path: Path) -> kconfiglib.Kconfig:
    """Parse a tree with kconfiglib as released."""
    return kconfiglib.Kconfig(str(path), warn=False, suppress_traceback=False)


def types(kconfig: kconfiglib.Kconfig) -> dict[str, str]:
    """Return the declared type of every symbol, in Kconfig order."""
    return {s.name: kconfiglib.TYPE_TO_STR[s.orig_type] for s in kconfig.unique_defined_syms}


def logical(kconfig: kconfiglib.Kconfig) -> list[str]:
    """Return the bool and tristate symbols, in Kconfig order."""
    return [name for name, kind in types(kconfig).items() if kind in LOGICAL]


def fragment(kinds: Mapping[str, str], assignment: Assignment) -> str:
    """Return an assignment to symbols of these types as the text of a `.config`."""
    lines = []
    for name, value in assignment.items():
        if kinds[name] in LOGICAL and value == "n":
            lines.append(f"# CONFIG_{name} is not set\n")
        elif kinds[name] == "string":
            lines.append(f'CONFIG_{name}="{kconfiglib.escape(value)}"\n')
        else:
            lines.append(f"CONFIG_{name}={value}\n")
    return "".join(lines)


def resolve(kconfig: kconfiglib.Kconfig, assignment: Assignment) -> dict[str, str]:
    """Return the value of every symbol after loading the assignment as a file's text.

    A load that only puts a choice in mode m keeps the member that an earlier load had
    selected (kconfiglib's `replace=True` overlooks it), so all is unset first.
    """
    kconfig.unset_values()
    with _read_instead(fragment(types(kconfig), assignment)):
        kconfig.load_config("an assignment", replace=True)
    return {s.name: s.str_value for s in kconfig.unique_defined_syms}


@contextmanager
def _read_instead(text: str) -> Iterator[None]:
    """Let kconfiglib read a text where it opens a file: tens of thousands need not be written."""
    kind = kconfiglib.Kconfig
    opened = kind._open_config
    kind._open_config = lambda *_: io.StringIO(text)
    try:
        yield
    finally:
        kind._open_config = opened


def brute_force(path: Path) -> list[Resolution]:
    """Return what every assignment of a small tree gives."""
    kconfig = plain(path)
    return [Resolution(a, resolve(kconfig, a)) for a in assignments(kconfig)]


def configurations(resolutions: Sequence[Resolution], names: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the distinct values that some symbols take together."""
    return {tuple(r.values[name] for name in names) for r in resolutions}


def assignments(kconfig: kconfiglib.Kconfig) -> Iterator[Assignment]:
    """Return every assignment, the one that sets nothing first."""
    for combination in itertools.product(*states(kconfig)):
        yield {name: value for part in combination for name, value in part}


def number_of_assignments(kconfig: kconfiglib.Kconfig) -> int:
    """Return how many assignments there are."""
    return math.prod(len(part) for part in states(kconfig))


State = tuple[tuple[str, str], ...]
"""User values that belong together: one symbol's, or those of a choice's members."""


def states(kconfig: kconfiglib.Kconfig) -> list[list[State]]:
    """Return the states a user can put each symbol or choice into, independently."""
    found = [_choice_states(choice) for choice in kconfig.unique_choices]
    for symbol in kconfig.unique_defined_syms:
        if symbol.choice or not any(node.prompt for node in symbol.nodes):
            continue
        values = _user_values(kconfig, symbol)
        found.append([(), *(((symbol.name, value),) for value in values)])
    return found


def _choice_states(choice: kconfiglib.Choice) -> list[State]:
    members = list(dict.fromkeys(choice.syms))
    found: list[State] = [(), *(((m.name, "y"),) for m in members)]
    if kconfiglib.TYPE_TO_STR[choice.orig_type] != "tristate":
        return found
    modular = [m.name for m in members if kconfiglib.TYPE_TO_STR[m.orig_type] == "tristate"]
    for size in range(1, len(modular) + 1):
        for asked in itertools.combinations(modular, size):
            asked_m = tuple((name, "m") for name in asked)
            found.append(asked_m)
            for member in members:
                others = tuple(pair for pair in asked_m if pair[0] != member.name)
                if others and member.name in (*asked, *_only_y(members)):
                    yes = (member.name, "y")
                    found += [(yes, *others), (*others, yes)]  # mode m, mode y
    return list(dict.fromkeys(found))


def _only_y(members: Sequence[kconfiglib.Symbol]) -> list[str]:
    return [m.name for m in members if kconfiglib.TYPE_TO_STR[m.orig_type] == "bool"]


def _user_values(kconfig: kconfiglib.Kconfig, symbol: kconfiglib.Symbol) -> list[str]:
    kind = kconfiglib.TYPE_TO_STR[symbol.orig_type]
    if kind in LOGICAL:
        return ["n", "m", "y"] if kind == "tristate" else ["n", "y"]
    if kind == "string":
        return texts(kconfig)
    reach = _settable(kconfig, NUMERIC)
    near = sorted({n + step for n in numbers(kconfig) for step in range(-reach, reach + 1)})
    if kind == "int":
        return [str(n) for n in near]
    return [hex(n) for n in near if n >= 0]


def numbers(kconfig: kconfiglib.Kconfig) -> list[int]:
    """Return the numbers that a tree's expressions, ranges and defaults name.

    A text counts in every base that some type reads it in: `16` is 22 as a hex.
    """
    found = {0}
    for text in _constants(kconfig):
        for base in (10, 16) if _hex_symbols(kconfig) else (10,):
            try:
                found.add(int(text, base))
            except ValueError:
                continue
        if text.startswith("0x"):
            found.add(int(text, 16))
    return sorted(found)


def texts(kconfig: kconfiglib.Kconfig) -> list[str]:
    """Return the texts that a tree names, "" and "!", and those that sort right after each."""
    named = {"", "!", *kconfig.const_syms} - {"n", "m", "y"}
    reach = _settable(kconfig, ("string",))
    return sorted({text + "!" * more for text in named for more in range(reach + 1)})


def _settable(kconfig: kconfiglib.Kconfig, kinds: Sequence[str]) -> int:
    """Return how many symbols of these types the user can set.

    As many distinct values can lie between two named ones, and make a difference.
    """
    found = [s for s in kconfig.unique_defined_syms if any(node.prompt for node in s.nodes)]
    return sum(kconfiglib.TYPE_TO_STR[s.orig_type] in kinds for s in found)


def _hex_symbols(kconfig: kconfiglib.Kconfig) -> bool:
    return "hex" in types(kconfig).values()


def _constants(kconfig: kconfiglib.Kconfig) -> set[str]:
    undefined = {name for name, symbol in kconfig.syms.items() if not symbol.nodes}
    return {text for text in undefined | set(kconfig.const_syms) if text.lstrip("-")[:1].isdigit()}
