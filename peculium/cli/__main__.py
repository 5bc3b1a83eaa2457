"""`python -m peculium.cli`, the same as `peculium`."""

from peculium.cli import main

if __name__ == "__main__":
    main()
