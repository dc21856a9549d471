"""What the commands share: text, tables, options, result files."""
