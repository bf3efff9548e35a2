"""Actions that make pull requests."""
