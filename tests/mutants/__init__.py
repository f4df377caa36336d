# SPDX-License-Identifier: MIT
"""Mutants of the family: break it in one place, and see that the sweep notices; see README.md.

mutant     what a mutant is: a kind, a place, and what stands there instead
source     templates as tokens, each with the definition that it belongs to
bodies     mutants of bodies, constants, tables and conditions in templates
stubs      mutants of what `interface.toml` declares: stubs and conditions
bench      a copy of the project in which one mutant at a time is tried
verdict    how a trial ended, and the list of explained survivors
"""
