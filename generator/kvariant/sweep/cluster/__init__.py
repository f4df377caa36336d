# SPDX-License-Identifier: MIT
"""A sweep on many machines: Dask carries jobs to workers, the controller decides and records."""
