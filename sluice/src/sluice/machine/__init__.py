"""This machine's processes and folders, for whatever room needs them: who still runs, who ends with whom, what goes."""
