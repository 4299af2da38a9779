"""The packed trainer: E networks of one shape in one loop."""
