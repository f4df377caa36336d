"""Goldens: what users see of a set of runs, held whole."""
