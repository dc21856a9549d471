"""Graders of lesson 04."""
EXERCISES = []
