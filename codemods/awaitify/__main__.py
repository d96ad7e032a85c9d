"""`python -m awaitify`, and the console script."""

from __future__ import annotations

from awaitify.cli.app import app


def main() -> None:
    """Runs the command line. Ends the process with its exit code."""
    app(prog_name="awaitify")


if __name__ == "__main__":
    main()
