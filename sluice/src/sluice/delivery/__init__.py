"""What leaves the repository: deployments and releases, as rules. Nothing here does anything."""
