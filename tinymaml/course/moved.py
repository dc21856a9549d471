"""Exercises that have another name now, or are gone: for notebooks that still hold the old name."""

#: old name -> the exercise's name today, or a sentence that says why it is gone
MOVED = {
    "03.power": "07.power",
}
