"""The user's repository: git as a program, the working tree as it stands, what a push of it would bring."""
