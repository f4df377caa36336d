# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/__init__.py.j2; do not edit.
"""Swap entries, pte markers and userfaultfd tests of one kernel configuration.

A pte and a swap entry are 64-bit ints, a mapping is a `userfaultfd.Vma`. Helpers
bear the kernel's names and sit in a module for each kernel header: pgtable, swap,
swapops, userfaultfd.
"""
