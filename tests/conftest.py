"""Shared by all tests: shape checks alive, and nothing outside this machine is asked."""

from hypothesis import settings
from jaxtyping import install_import_hook

# Before the first import of core: every jaxtyping annotation in it is checked at run time.
install_import_hook("core", "beartype.beartype")

# the same examples each time, however slow the machine
settings.register_profile("acinus", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("acinus")
