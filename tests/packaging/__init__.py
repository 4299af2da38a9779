"""The package as others get it: built, and installed in bare environments (`make test-wheel`)."""
