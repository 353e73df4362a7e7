"""A member whose clock is off: `skewed SECONDS node start DIR`, else as the command `ortaq`."""

import sys
import time

if __name__ == "__main__":
    offset_s, right = float(sys.argv[1]), time.time
    time.time = lambda: right() + offset_s
    # Parts of the node take the clock when they are loaded.
    from scripts.cli import main

    sys.exit(main(sys.argv[2:]))
