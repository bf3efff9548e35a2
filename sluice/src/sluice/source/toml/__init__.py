"""TOML files of the user's: tables of checked values, and the place of every key."""
