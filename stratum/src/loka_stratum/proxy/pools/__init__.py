"""The pool's side: connections to pools, what is asked of them and awaited, and the next one when one ends."""
