"""Mistakes that newcomers make, and what the package says to each: `docs/mistakes.md`."""
