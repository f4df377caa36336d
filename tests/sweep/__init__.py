"""Tests of the sweep: outcomes, results, attribution."""
