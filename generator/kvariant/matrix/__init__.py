# SPDX-License-Identifier: MIT
"""Strategies: which configurations become variants, one module each."""

from kvariant.matrix.strategy import Chosen, Strategy, StrategyRequest, Tuples

__all__ = ["Chosen", "Strategy", "StrategyRequest", "Tuples"]
