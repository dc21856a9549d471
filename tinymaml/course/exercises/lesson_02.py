"""Graders of lesson 02."""
EXERCISES = []
