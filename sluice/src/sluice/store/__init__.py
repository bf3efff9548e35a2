"""Where a run is kept: the event log, its projections, log files, artifacts and cache entries."""
