"""Secrets and variables that a repository declares, and whether a run has those that its jobs need: pure rules."""
