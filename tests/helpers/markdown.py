"""Reading the tables that commands print."""


def cells_of_row(line):
    """The cells of a line of a Markdown table."""
    return [cell.strip() for cell in line.split("|")[1:-1]]
