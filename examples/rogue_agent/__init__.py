"""The demo: an agent pays, goes rogue, is refused 43 times and is revoked.

Run it with `python -m examples.rogue_agent`, `ape run demo` or `make demo`.
"""
