"""Built-in stand-ins for the actions that nearly every workflow uses, with the real ones' inputs and outputs."""
