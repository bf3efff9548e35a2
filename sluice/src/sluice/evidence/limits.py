"""How much of a report is read: every bound in one place, so that no input costs unbounded memory or time."""

from __future__ import annotations

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Bytes of a report that is held whole (JSON but for SARIF, and text)."""

LARGEST_STREAM = 1024 * 1024 * 1024
"""Bytes of a report that is read as a stream (SARIF)."""

LARGEST_XML = 256 * 1024 * 1024
"""Bytes of an XML report, read as a stream."""

LARGEST_TOKEN = 4 * 1024 * 1024
"""Bytes of a stream without a quotation mark or an angle bracket."""

DEEPEST_NESTING = 200
"""Levels of brackets or elements."""

MOST_CONTAINERS = 3_000_000
"""Opening brackets in a document that is held whole; each costs some sixty bytes of memory."""

MOST_PARTS = 20_000
"""Values or elements within one entry (a result, a test case) of a stream."""

MOST_FINDINGS = 50_000
"""Findings that are kept one by one from one report; the rest is counted by severity."""

MOST_RESULTS = 40_000
"""Results that are kept one by one from one run of a SARIF log, until its rules are known."""

MOST_PROBLEMS = 200
"""Problems of one report that are kept one by one; the rest is counted."""

MOST_MEASURES = 200_000
"""Measures of one report."""

MOST_SAMPLES = 1_000_000
"""Samples of all measures of one report."""

LONGEST_NUMBER = 300
"""Digits of a number."""

LONGEST_NAME = 300
"""Characters of a measure's name or a finding's id."""

LONGEST_TITLE = 500
"""Characters of a finding's title."""
