# SPDX-License-Identifier: MIT
"""Presence conditions: under which options a line of a source is compiled.

c_lines -> c_expression -> c_conditions     the `#if`s around each line
makefile_text -> makefile_values -> makefile -> kbuild     the lists that build a file
include_index -> includers                  who includes it
sources                                     all of it joined, for a line
diff -> goals                               of a patch, what is to be seen
verdict                                     can it hold, where, what is nearest
"""
