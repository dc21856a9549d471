"""Clocks that stand still unless they are told: what is timed then takes a time that is known."""

import threading


class Clock:
    """Takes the place of the module `time`; `sleep` moves it on and waits for nothing."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Ticks(threading.local):
    """Takes the place of the module `time`; a thread finds a second more at each look."""

    looks = 0

    def perf_counter(self):
        self.looks += 1
        return float(self.looks)
