# ruff: noqa: INP001 -- programs, no package
"""This tool's command line, for which time passes as fast as it does for the simulator.

    python bench/ours.py SPEED VERB [OPTIONS]

Its waits for rate limits are shorter in the proportion; everything else takes what it takes.
"""

import sys
import time
from typing import Any

from okta_scim_setup import cli
from okta_scim_setup.cli import _session
from okta_scim_setup.transport import Transport


def main() -> None:
    """Run the command line."""
    speed = float(sys.argv[1])

    def hasty(**how: Any) -> Transport:
        return Transport(
            clock=lambda: time.monotonic() * speed,
            sleep=lambda seconds: time.sleep(seconds / speed),
            **how,
        )

    if speed != 1:
        _session.Transport = hasty  # type: ignore[misc]
    cli.main(sys.argv[2:])


if __name__ == "__main__":
    main()
