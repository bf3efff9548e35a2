"""Releases as supervised processes of this machine, blue and green, behind a switch that takes their connections."""
