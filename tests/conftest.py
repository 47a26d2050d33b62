"""What every test shares: how hypothesis searches, and what a failing search prints."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "everyday",
    deadline=None,  # a shared machine stalls now and then; the suite has its own time limit for each test
    print_blob=True,  # a failing example can be replayed from the log alone
    suppress_health_check=[HealthCheck.too_slow],  # likewise
)
# In CI the same tree gets the same verdict.
settings.register_profile("ci", settings.get_profile("everyday"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "everyday")
