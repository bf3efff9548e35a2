"""Run something under limits, watch its memory and CPU, and say whether it leaks. Judging is pure, watching is not."""
