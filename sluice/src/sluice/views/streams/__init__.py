"""A run onto a stream while it goes: as lines, as records, as its verdict alone; and what a view is."""
