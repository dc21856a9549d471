"""Graders of lesson 00."""
EXERCISES = []
