"""The same programs made fast: passes, layout, loops, the inner loop, the CPU."""
