# SPDX-License-Identifier: MIT
"""The commit that brought a failure: few commits of a range, each run for a few cells alone."""
