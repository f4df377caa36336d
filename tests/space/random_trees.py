"""Small random Kconfig trees with everything the language has, from a seed."""

from __future__ import annotations

import random


class _Writer:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.lines: list[str] = []
        self.names: list[str] = []
        self.types: dict[str, str] = {}
        self.size = dice.randint(2, 5)
        self.next = 0

    def tree(self) -> str:
        if self.dice.random() < 0.4:
            self.lines += ["config MODULES", '\tbool "modules"', "\tmodules", "\tdefault y", ""]
        while self.next < self.size:
            self.block(2)
        logical = [n for n in self.names if self.types[n] in ("bool", "tristate")]
        if logical and self.dice.random() < 0.15:
            name = self.dice.choice(logical)
            self.lines += [f"config {name}", f'\t{self.types[name]} "again"{self.condition(0.5)}']
        return "\n".join(self.lines) + "\n"

    def expression(self, depth: int = 2) -> str:
        dice, kind = self.dice, self.dice.random()
        if depth == 0 or kind < 0.4 or not self.names:
            unnamed = not self.names or dice.random() < 0.07
            return dice.choice(["y", "m", "n", "UNDEFINED"] if unnamed else self.names)
        if kind < 0.55:
            return f"!({self.expression(depth - 1)})"
        if kind < 0.85:
            operator = "&&" if kind < 0.7 else "||"
            return f"({self.expression(depth - 1)} {operator} {self.expression(depth - 1)})"
        other = dice.choice(
            [*self.names, '"1"', "2", '"a"', "m", "y", "0x10", "5", "UNDEFINED", '""']
        )
        return f"{dice.choice(self.names)} {dice.choice(['=', '!=', '<', '<=', '>', '>='])} {other}"

    def condition(self, share: float = 0.4) -> str:
        return f" if {self.expression()}" if self.dice.random() < share else ""

    def config(self, choice: str = "") -> None:
        dice, index = self.dice, self.next
        self.next += 1
        name = f"S{index}"
        kinds = ["bool"] * 4 + ["tristate"] * 4 + ["int", "hex", "string"]
        kind = dice.choice(
            kinds if not choice else ["bool", "tristate"] if choice == "tristate" else ["bool"]
        )
        prompted = dice.random() < (0.97 if choice else 0.75)
        prompt = f' "p"{self.condition(0.25)}' if prompted else ""
        self.lines += [f"config {name}", f"\t{kind}{prompt}"]
        logical = kind in ("bool", "tristate")
        for _ in range(0 if choice else dice.choice([0, 0, 1, 1, 2])):
            self.lines.append(f"\tdefault {self.default(kind)}{self.condition()}")
        for _ in range(dice.choice([0, 0, 1, 2]) if kind in ("int", "hex") else 0):
            low, high = sorted([dice.randint(0, 6), dice.randint(0, 8)])
            ends = (hex(low), hex(high)) if kind == "hex" else (low, high)
            self.lines.append(f"\trange {ends[0]} {ends[1]}{self.condition()}")
        if dice.random() < 0.4:
            self.lines.append(f"\tdepends on {self.expression()}")
        for keyword in ("select", "imply") if logical else ():
            if dice.random() < 0.3:
                self.lines.append(f"\t{keyword} S{index + dice.randint(1, 3)}{self.condition()}")
        self.lines.append("")
        self.names.append(name)
        self.types[name] = kind

    def default(self, kind: str) -> str:
        if kind in ("bool", "tristate"):
            return self.dice.choice(["y", "m", "n", self.expression()])
        same = [name for name in self.names if self.types[name] == kind]
        if same and self.dice.random() < 0.4:
            return self.dice.choice(same)
        texts = {"int": ["1", "5"], "hex": ["0x1", "a"], "string": ['"a"', '""', '"5"']}
        return self.dice.choice(texts[kind])

    def block(self, depth: int) -> None:
        kind = self.dice.random() if depth else 0.0
        if kind < 0.6:
            self.config()
        elif kind < 0.8:
            self.choice()
        elif kind < 0.9:
            self.lines += ['menu "m"', f"\tvisible if {self.expression()}", ""]
            self.block(depth - 1)
            self.lines.append("endmenu")
        else:
            self.lines.append(f"if {self.expression()}")
            self.block(depth - 1)
            self.lines.append("endif")

    def choice(self) -> None:
        dice = self.dice
        kind, members, start = dice.choice(["bool", "tristate"]), dice.randint(2, 3), self.next
        self.lines += ["choice", f"\t{kind}", f'\tprompt "c"{self.condition(0.2)}']
        if dice.random() < 0.35:
            self.lines.append("\toptional")
        if dice.random() < 0.4:
            self.lines.append(f"\tdefault S{start + dice.randrange(members)}{self.condition()}")
        self.lines.append("")
        before, added = list(self.names), []
        for _ in range(members):
            self.names[:] = before  # members do not depend on each other
            self.config(kind)
            added.append(self.names[-1])
        self.names[:] = [*before, *added]
        self.lines += ["endchoice", ""]


def random_tree(seed: int) -> str:
    """Return the text of a Kconfig file; some have dependency loops."""
    return _Writer(random.Random(seed)).tree()
