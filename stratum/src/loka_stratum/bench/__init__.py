"""How fast the proxy is on this machine, beside a bare relay of bytes, the limit, in the same run."""
