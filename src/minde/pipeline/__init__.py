"""What the workflow's scripts call: files in, files out."""
