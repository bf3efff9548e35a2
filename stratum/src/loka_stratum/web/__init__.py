"""Health, status and metrics over HTTP, for operators and their programs. It reads the proxy and changes nothing."""
