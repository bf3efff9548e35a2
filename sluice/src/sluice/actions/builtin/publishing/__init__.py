"""Built-in actions that send what a job made to services other than GitHub; a rehearsal lists it and sends nothing."""
