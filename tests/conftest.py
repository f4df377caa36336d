"""Hypothesis profiles, and what every test of the toolkit itself needs."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=False)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("KVARIANT_HYPOTHESIS", "ci"))
