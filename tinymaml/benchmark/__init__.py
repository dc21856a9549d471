"""How fast the meta-gradient is, and next to what: workloads, peers, timing, this machine's limits.
What is printed is in bench.py."""
