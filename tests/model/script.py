# SPDX-License-Identifier: MIT
"""Scripts: steps as plain data, random ones, and their run on the simulation."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from .space import LAYOUT, PAGES, Event, Feature, Kind, Outcome, Space

FILE_BACKED = [i for i, (_, kind) in enumerate(LAYOUT) if kind is not Kind.ANON]


class Step(NamedTuple):
    """One operation: the name of a method of `Space`, and its arguments."""

    name: str
    arguments: dict[str, Any]


class Script(NamedTuple):
    """A run from fresh areas on."""

    seed: int
    features: Feature
    steps: list[Step]


class Seen(NamedTuple):
    """What is compared after a step."""

    result: str
    events: list[Event]
    child: list[list[str]] | None
    letters: list[list[str]]


WEIGHTS = {
    "register": 8,
    "protect": 16,
    "unprotect": 5,
    "read": 10,
    "write": 14,
    "populate": 3,
    "dontneed": 7,
    "punch": 5,
    "truncate": 4,
    "pageout": 10,
    "copy": 4,
    "poison": 2,
    "guard": 5,
    "unguard": 2,
    "fork": 4,
    "mprotect": 2,
    "mremap": 2,
    "munmap": 1,
    "unregister": 2,
}
"""How often each operation is drawn, relative to the others."""

FEATURES = (Feature.EVENT_FORK, Feature.EVENT_REMAP, Feature.WP_UNPOPULATED, Feature.WP_ASYNC)


def random_features(random: Random, available: Feature) -> Feature:
    """Draw features among the available ones; asynchronous mode, which has no events, rarely."""
    chosen = Feature.NONE
    for feature in FEATURES:
        if random.random() < (0.15 if feature is Feature.WP_ASYNC else 0.5):
            chosen |= feature
    return chosen & available


def opening(random: Random) -> list[Step]:
    """Draw registrations of most areas: most scripts should be about protection."""
    return [
        Step("register", {"area": area, "modes": random.choice(["w", "w", "mw"])})
        for area in range(len(LAYOUT))
        if random.random() < 0.8
    ]


def random_step(random: Random, space: Space, *, copies_onto_guards: bool = True) -> Step:
    """Draw a step that makes sense where a space is now."""
    while True:
        name = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        step = Step(name, _arguments(random, name))
        if is_sensible(step, space) and (copies_onto_guards or not _copies_onto_guard(step, space)):
            return step


def _copies_onto_guard(step: Step, space: Space) -> bool:
    if step.name != "copy":
        return False
    area, page = step.arguments["area"], step.arguments["page"]
    return space.ptes.is_guard(space.areas[area].ptes[page])


def _arguments(random: Random, name: str) -> dict[str, Any]:
    area, page = random.randrange(len(LAYOUT)), random.randrange(PAGES)
    span = {"start": page, "count": random.randint(1, PAGES - page)}
    match name:
        case "register":
            return {"area": area, "modes": random.choice(["w", "w", "mw", "m"])}
        case "protect" | "unprotect" | "dontneed" | "pageout" | "guard" | "unguard":
            return {"area": area, **span}
        case "read" | "write":
            return {"area": area, "page": page, "copy_wp": random.random() < 0.5}
        case "populate":
            writes = random.random() < 0.5
            return {"area": area, "is_write": writes, "copy_wp": random.random() < 0.5}
        case "copy":
            return {"area": area, "page": page, "wp": random.random() < 0.5}
        case "poison":
            return {"area": area, "page": page}
        case "punch":
            return {"file": 0, **span}
        case "truncate":
            return {"file": 0, "start": page}
        case "fork":
            return {}
        case _:
            return {"area": area}


def is_sensible(step: Step, space: Space) -> bool:
    """Whether a step is one that the simulation speaks of.

    A registered area is not registered again; poison and guards need a kernel that has them.
    """
    match step.name:
        case "register":
            return not space.is_registered(step.arguments["area"])
        case "poison":
            return space.ptes.can_poison
        case "guard":
            return space.ptes.can_guard and not space.guards_for_ever(**step.arguments)
        case "unguard":
            return space.ptes.can_guard
        case _:
            return True


def take(step: Step, space: Space) -> Seen:
    """Run one step on the simulation."""
    outcome: Outcome = getattr(space, step.name)(**step.arguments)
    return Seen(outcome.result, outcome.events, outcome.child, space.letters())


def random_script(
    seed: int, length: int, space_of: Any, available: Feature, *, copies_onto_guards: bool = True
) -> tuple[Script, list[Seen]]:
    """Draw a script and run it on a simulation.

    Args:
        seed: the same seed gives the same script.
        length: number of steps.
        space_of: makes a fresh space from features.
        available: the features that the kernel knows.
        copies_onto_guards: whether to draw UFFDIO_COPY onto a guard, where kernels differ.
    """
    random = Random(seed)
    features = random_features(random, available)
    space = space_of(features)
    script, seen = Script(seed, features, []), []
    for step in opening(random):
        script.steps.append(step)
        seen.append(take(step, space))
    while len(script.steps) < length:
        step = random_step(random, space, copies_onto_guards=copies_onto_guards)
        script.steps.append(step)
        seen.append(take(step, space))
    return script, seen
