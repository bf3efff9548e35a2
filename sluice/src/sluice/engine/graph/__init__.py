"""The graph of a run: when each job and leg may start, what it waits for, where it runs, what a call opens."""
