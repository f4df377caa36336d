# SPDX-License-Identifier: MIT
"""The counter as a program: reads a problem as text and prints its number of solutions.

    line 1      number of variables
    line 2      variables to project on
    others      a clause each

It is run by its path and imports nothing of ours: of a choice there are dozens of problems,
and what a package imports would take ten times as long as most of them.
"""

from __future__ import annotations

import sys
from typing import TextIO


def solutions(source: TextIO) -> int:
    """Return the number of solutions of a problem, projected as it says."""
    from pyganak import Counter

    counter = Counter()
    counter.new_vars(int(source.readline()))  # also those that occur in no clause
    counter.set_sampling_set([int(word) for word in source.readline().split()])
    counter.add_clauses([[int(word) for word in line.split()] for line in source])
    return int(counter.count())


if __name__ == "__main__":
    print(solutions(sys.stdin))
