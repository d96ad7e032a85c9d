"""`python -m awaitify`, and the console script."""

from __future__ import annotations

import signal

from awaitify.cli.app import app


def main() -> None:
    """Runs the command line. Ends the process with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what stops it lets it clean up, as Ctrl-C does
    app(prog_name="awaitify")


if __name__ == "__main__":
    main()
