"""How fast the proxy is on this machine, beside a bare relay of bytes in the same run: the limit of what can be."""
