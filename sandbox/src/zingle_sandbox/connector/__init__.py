"""The vendor's own Salesforce connector at work, faults included: it writes while others do, too.

Source: the vendor's FAQ about it and the known problems that are listed there. What those leave
open (which user it logs in as, how its text looks, which date a row of 24 hours gets) is made up in
one way, or an option. It works on the tables: its calls are nobody's in the journal.
"""

from __future__ import annotations

from zingle_sandbox.connector.conversations import SUBJECT
from zingle_sandbox.connector.tick import Tick, log_messages, sync_people, tick

__all__ = ["SUBJECT", "Tick", "log_messages", "sync_people", "tick"]
