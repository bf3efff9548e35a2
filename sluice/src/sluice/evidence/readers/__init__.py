"""One module for each tool's format: a decoded report in, measures and findings out. They must not know one another."""
