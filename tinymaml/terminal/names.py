"""A name that there is not: which one was meant."""

import difflib


def did_you_mean(name, names):
    """ "did you mean stepsize? ", or "" where no name comes near; capitals do not matter."""
    lower = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name.lower(), lower)
    return f"did you mean {' or '.join(lower[match] for match in near)}? " if near else ""
