"""The workflow files of a repository and of others: found, read, linted, drawn."""
