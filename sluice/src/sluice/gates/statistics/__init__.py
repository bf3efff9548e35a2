"""The arithmetic of comparing two sets of timings. In: numbers. Out: estimates with intervals, and when to stop.

Everything here is exact for its sample size: no normal approximation stands in for a distribution.
"""
