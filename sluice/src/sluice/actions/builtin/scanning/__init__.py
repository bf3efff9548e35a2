"""Scanners, each where its tool is installed; a tool that is missing is said, and is no pass."""
