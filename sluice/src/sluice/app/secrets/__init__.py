"""Secrets and variables of a run: where their values come from, who needs them, and what is missing."""
