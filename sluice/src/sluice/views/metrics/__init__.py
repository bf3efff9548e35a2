"""What finished runs, measures and deployments come to as metrics for Prometheus."""
