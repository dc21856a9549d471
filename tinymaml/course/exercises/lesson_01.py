"""Graders of lesson 01."""
EXERCISES = []
