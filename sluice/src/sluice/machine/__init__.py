"""This machine's processes, threads and folders, for whatever room needs them."""
