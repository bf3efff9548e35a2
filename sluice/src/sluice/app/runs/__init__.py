"""Runs that are kept: found, shown, reported, counted, cancelled, cleaned."""
