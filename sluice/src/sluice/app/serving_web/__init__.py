"""``sluice serve``: the web page and the API of one repository, on loopback, behind a token."""
