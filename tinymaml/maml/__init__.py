"""The inner loop, the meta-gradient, the algorithms."""
