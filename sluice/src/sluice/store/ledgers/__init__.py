"""What is only ever added to, in files beside the runs': deployments and measures."""
