"""Run the tap with `python -m tap_salesforce_zingle`."""

from tap_salesforce_zingle.tap import TapSalesforceZingle

TapSalesforceZingle.cli()
