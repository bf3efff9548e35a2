"""The verdict of a run. In: evidence, baselines, a policy, the day. Out: a report with a reason for every row."""
