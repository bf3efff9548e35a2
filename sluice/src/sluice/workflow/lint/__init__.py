"""What GitHub accepts and the author would regret. In: a parsed workflow and its text. Out: diagnostics."""
