"""Two commits compared by what a command takes on each of them, in one job. In: refs, a command. Out: a report.

Check out both, build both, run them in turns, look, stop as soon as nothing more can be learnt.
"""
