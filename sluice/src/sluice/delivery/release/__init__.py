"""What a release is: its version, its changelog, whether everything agrees, what it is made of. Pure rules."""
