"""Shared library and operator's command line of the open Salesforce and Zingle integration."""
