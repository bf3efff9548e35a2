"""Actions that look after issues and pull requests."""
