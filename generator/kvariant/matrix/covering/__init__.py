# SPDX-License-Identifier: MIT
"""Covering arrays under constraints: rows that have every feasible tuple of levels."""
