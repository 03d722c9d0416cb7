"""What all tests share."""

from hypothesis import settings

# The same examples in every run, and no time limit: a slow machine is no failure.
settings.register_profile("layerkit", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("layerkit")
