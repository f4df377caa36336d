# SPDX-License-Identifier: MIT
"""Strategies: which configurations become variants, one module each."""

from kvariant.matrix.given import given
from kvariant.matrix.named import named
from kvariant.matrix.strategy import Chosen, Strategy, StrategyRequest, Tuples
from kvariant.matrix.t_wise import t_wise
from kvariant.matrix.toggles import toggles
from kvariant.matrix.uniform import uniform

__all__ = [
    "Chosen",
    "Strategy",
    "StrategyRequest",
    "Tuples",
    "given",
    "named",
    "t_wise",
    "toggles",
    "uniform",
]
