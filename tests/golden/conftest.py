# SPDX-License-Identifier: MIT
"""The project's own tests are what the goldens run: they are not ours to collect."""

collect_ignore = ["project"]
