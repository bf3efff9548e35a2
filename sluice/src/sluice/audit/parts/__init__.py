"""One module for each part of an audit: a scene in, evidence out. They must not know one another."""
