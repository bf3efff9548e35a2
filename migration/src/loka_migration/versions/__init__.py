"""The migrations, one module each. A version that has been released never changes: what follows it does."""
