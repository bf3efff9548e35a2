"""What scanners found: vulnerabilities, secrets, misconfigurations, code."""
