# SPDX-License-Identifier: MIT
"""Kconfig's value rules, written once: for one assignment and for all of them."""
