"""What there is on this computer, and whether it works."""
