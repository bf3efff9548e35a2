"""The live view of a run on a terminal, and what stays there when the run is over."""
