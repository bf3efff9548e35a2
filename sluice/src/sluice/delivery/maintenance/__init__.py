"""Maintenance as data: what a report says, what ``[maintain]`` may set, and where a delivery stands among others."""
