"""What the tests of user operations share is in tests/user_operations.py, which those of the paymaster use too."""

from tests.user_operations import *  # noqa: F403
