"""Shared by all tests: shape checks alive, and nothing outside this machine is asked."""

from jaxtyping import install_import_hook

# Before the first import of core: every jaxtyping annotation in it is checked at run time.
install_import_hook("core", "beartype.beartype")
