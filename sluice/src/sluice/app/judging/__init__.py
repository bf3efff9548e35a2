"""Measures of a repository: kept, compared, judged by its gates, told."""
