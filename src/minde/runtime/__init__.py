"""What jobs of the workflow run in: log, signals, digests, resources, status."""
