"""What a measure did over many commits. In: a series of values. Out: where it changed for good. No store, no files."""
