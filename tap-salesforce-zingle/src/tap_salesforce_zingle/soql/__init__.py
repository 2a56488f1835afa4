"""SOQL text, taken apart and put together without rendering it anew (pure).

The position of everything is kept, so that an error can point at its character and the planner can
put conditions in while the user's own text stays as it was written.
"""

from tap_salesforce_zingle.soql.parser import scan
from tap_salesforce_zingle.soql.query import Item, Query, conjunction, render
from tap_salesforce_zingle.soql.tokens import SoqlError, pointed, position_of

__all__ = [
    "Item",
    "Query",
    "SoqlError",
    "conjunction",
    "pointed",
    "position_of",
    "render",
    "scan",
]
