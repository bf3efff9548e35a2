"""Actions: found, fetched, and the built-in ones. What an action may do is `protocol.ActionHost`."""
