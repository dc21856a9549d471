"""The same examples every time; HYPOTHESIS_EXAMPLES=1000 looks at more of them."""
import os

from hypothesis import HealthCheck, settings

settings.register_profile("tinymaml", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow],
                          max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", 100)))
settings.load_profile("tinymaml")
