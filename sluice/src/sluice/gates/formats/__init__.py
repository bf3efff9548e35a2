"""A report in the forms that people and tools read. In: a report. Out: text, deterministic, each format its own
module.
"""
