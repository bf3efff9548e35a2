"""An audit's results for others: SARIF, JSON, measures, a bill of materials."""
