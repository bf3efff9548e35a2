"""What starts a workflow and what it is told: facts and payload of an event, filters, cron lines, typed inputs."""
