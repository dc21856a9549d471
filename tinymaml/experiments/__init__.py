"""Experiments from the literature, as functions of their settings and a seed that return data. What
is printed is in demo.py."""
