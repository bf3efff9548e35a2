"""What a step with ``uses`` does, by the kind of its action, and the stages before and after the steps."""
