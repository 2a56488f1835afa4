"""`python -m target_salesforce_activity`."""

from target_salesforce_activity.target import TargetSalesforceActivity

if __name__ == "__main__":
    TargetSalesforceActivity.cli()
