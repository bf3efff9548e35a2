"""A pool and miners for tests and trials: they speak real Stratum V1 and check and solve real double-SHA-256 shares.

Nothing here knows the proxy: what the proxy does between the two is what they show.
"""
