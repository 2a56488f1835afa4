"""Singer tap for Salesforce Contacts, Leads and custom SOQL."""
