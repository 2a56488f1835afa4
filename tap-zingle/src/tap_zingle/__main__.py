"""The tap as `python -m tap_zingle`."""

from tap_zingle.tap import TapZingle

TapZingle.cli()
