"""What every extremal is asked: alpha_L and the number of steps."""

from ...engine.errors.arguments import check_count, check_positive


def check_question(alpha_L, steps):
    """alpha_L > 0 as a float, and steps >= 0 as an int. Raises TypeError or ValueError for what is
    neither: to be called by those that compute with them before they make an instance."""
    return check_positive("alpha_L", alpha_L), check_count("steps", steps)
