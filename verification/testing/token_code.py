"""Bytecode of tokens whose answers are malformed."""

UNCLEAR_RESULTS = {
    "nothing": "0x00",
    "a revert": "0x60006000fd",
    "a revert with a word": "0x60206000fd",
    "two words": "0x60406000f3",
    "31 bytes": "0x601f6000f3",
    "a two": "0x600260005260206000f3",
}
"""Code of tokens whose result is not a valid boolean."""
