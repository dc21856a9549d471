"""Messages for people: what was wrong, where, and what to write instead."""
