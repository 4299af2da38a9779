"""The 40 tasks: Tables 1, 4 and 5, Figures 3 and 4, ranks."""
