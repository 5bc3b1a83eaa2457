"""The demo: an agent pays, goes rogue, is refused and is revoked.

Run it with `python -m examples.rogue_agent`, `ape run demo` or `make demo`.
"""
