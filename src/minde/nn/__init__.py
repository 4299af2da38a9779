"""Networks of one shape as stacked tensors, a leading axis of members."""
