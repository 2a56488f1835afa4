"""Reading by a plan: the windows are pure, the rest asks Salesforce."""
