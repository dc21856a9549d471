"""Known answers of lesson 00."""

WRONG = {}
RIGHT = {}
