"""Gates: policy, baseline, statistics, verdict. In: evidence, baselines, a policy. Out: a report. No files, no
network.
"""
