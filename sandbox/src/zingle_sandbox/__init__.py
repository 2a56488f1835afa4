"""Simulated Salesforce and Zingle services on localhost."""
