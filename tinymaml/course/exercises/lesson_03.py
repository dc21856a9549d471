"""Graders of lesson 03."""
EXERCISES = []
