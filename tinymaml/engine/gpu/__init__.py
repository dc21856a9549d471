"""The same loops on a GPU, and what plays them where there is none.

available.py     is there a GPU, and what is missing
launch.py        the host: one launch for all tasks; arguments.py, memory.py: what it is given
words.py         what lanes.py's and vectors.py's words are on a GPU
emulator.py      a GPU's lanes in plain Python, which finds races; emulated.py: a plan played so
offline.py       a kernel compiled without a GPU: its registers, its spills
"""
