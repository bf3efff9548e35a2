"""Where a commit may go and how it gets there: policy, phases, strategy. In: texts and facts. Out: decisions."""
