"""Deployments and environments on a terminal."""
