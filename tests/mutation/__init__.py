"""Small faults put into the mathematics, one at a time: do the tests see them? (`make mutants`)"""
