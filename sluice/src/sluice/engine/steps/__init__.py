"""Steps: the life of one step, and what each kind of step does in its middle."""
