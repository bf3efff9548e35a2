"""The runs: the log of their events in one SQLite file, what is kept ready of it, and their log files."""
