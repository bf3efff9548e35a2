"""Runs, jobs and workflows in the shapes of GitHub's REST API. In: states and rows. Out: JSON values."""
