"""What a job's own scripts would upload to package indexes: led to the run's index, or tried without being sent."""
