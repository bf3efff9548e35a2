"""What is good enough: the gates and waivers of ``sluice.toml``. In: its text. Out: a checked policy or diagnostics."""
