"""Local chains that pose as public ones, and the whole life of an agent on each."""
