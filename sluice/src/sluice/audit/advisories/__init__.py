"""Advisories in OSV's format: a local database, served as the OSV service answers."""
