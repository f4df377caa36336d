# SPDX-License-Identifier: MIT
"""Tests of kvariant.sweep.cluster."""
