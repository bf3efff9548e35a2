"""A run in lines: its tree, its logs, what failed and why, what it left behind. Every view of a run draws from here."""
