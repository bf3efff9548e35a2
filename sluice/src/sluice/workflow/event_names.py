"""The events that can start a workflow, and which activity types and filters each knows (docs.github.com: events that
trigger workflows).
"""

from __future__ import annotations

from collections.abc import Mapping

_SAID = ("created", "edited", "deleted")
_PULL_REQUEST = (
    *("assigned", "unassigned", "labeled", "unlabeled", "opened", "edited", "closed", "reopened", "synchronize"),
    *("converted_to_draft", "locked", "unlocked", "enqueued", "dequeued", "milestoned", "demilestoned", "stacked"),
    *("ready_for_review", "review_requested", "review_request_removed", "auto_merge_enabled", "auto_merge_disabled"),
)
_ISSUES = (
    *("opened", "edited", "deleted", "transferred", "pinned", "unpinned", "closed", "reopened", "assigned"),
    *("unassigned", "labeled", "unlabeled", "locked", "unlocked", "milestoned", "demilestoned", "field_added"),
    *("field_removed", "typed", "untyped"),
)
_DISCUSSION = (
    *("created", "edited", "deleted", "transferred", "pinned", "unpinned", "labeled", "unlabeled", "locked"),
    *("unlocked", "category_changed", "answered", "unanswered"),
)

TYPES: Mapping[str, tuple[str, ...]] = {
    "branch_protection_rule": _SAID,
    "check_run": ("created", "rerequested", "completed", "requested_action"),
    "check_suite": ("completed",),
    "discussion": _DISCUSSION,
    "discussion_comment": _SAID,
    "image_version": ("created", "ready", "deleted"),
    "issue_comment": _SAID,
    "issues": _ISSUES,
    "label": _SAID,
    "merge_group": ("checks_requested",),
    "milestone": ("created", "closed", "opened", "edited", "deleted"),
    "project": ("created", "closed", "reopened", "edited", "deleted"),
    "project_card": ("created", "moved", "converted", "edited", "deleted"),
    "project_column": ("created", "updated", "moved", "deleted"),
    "pull_request": _PULL_REQUEST,
    "pull_request_comment": _SAID,
    "pull_request_review": ("submitted", "edited", "dismissed"),
    "pull_request_review_comment": _SAID,
    "pull_request_target": _PULL_REQUEST,
    "registry_package": ("published", "updated"),
    "release": ("published", "unpublished", "created", "edited", "deleted", "prereleased", "released"),
    "watch": ("started",),
    "workflow_run": ("completed", "requested", "in_progress"),
}
"""The activity types of each event that has any; ``repository_dispatch`` has whatever its sender says."""

_BRANCHES = ("branches", "branches-ignore")
_PATHS = ("paths", "paths-ignore")
KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(TYPES, ("types",)),
    "push": (*_BRANCHES, "tags", "tags-ignore", *_PATHS),
    "pull_request": ("types", *_BRANCHES, *_PATHS),
    "pull_request_target": ("types", *_BRANCHES, *_PATHS),
    "merge_group": ("types", *_BRANCHES),
    "repository_dispatch": ("types",),
    "workflow_run": ("types", "workflows", *_BRANCHES),
    "workflow_call": ("inputs", "secrets", "outputs"),
    "workflow_dispatch": ("inputs",),
    "image_version": ("types", "names", "versions"),
}
"""The keys of each event that has any."""

FILTERS = ("types", *_BRANCHES, "tags", "tags-ignore", *_PATHS, "workflows")

EVENTS = frozenset(
    {
        *TYPES,
        *KEYS,
        *("create", "delete", "deployment", "deployment_status", "fork", "gollum", "page_build", "public", "schedule"),
        "status",
    }
)
"""The events that can start a workflow."""
