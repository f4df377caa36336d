# SPDX-License-Identifier: MIT
"""New projects: the files that `kvariant init` writes."""

from kvariant.scaffold.scaffold import (
    CONFIGS,
    TEMPLATES,
    ScaffoldLanguage,
    adopting,
    gitlab_jobs,
    gitlab_pipeline,
    new_project,
    without_prefix,
    workflow,
)

__all__ = [
    "CONFIGS",
    "TEMPLATES",
    "ScaffoldLanguage",
    "adopting",
    "gitlab_jobs",
    "gitlab_pipeline",
    "new_project",
    "without_prefix",
    "workflow",
]
