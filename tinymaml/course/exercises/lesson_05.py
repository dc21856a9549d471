"""Graders of lesson 05."""
EXERCISES = []
