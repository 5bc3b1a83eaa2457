"""`python -m peculium.devnet`."""

import sys

from peculium.devnet.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
