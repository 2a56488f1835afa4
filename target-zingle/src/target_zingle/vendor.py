"""The gate before the first write: two connectors must not work on the same contacts.

The vendor's own Salesforce connector matches by other rules than ours. Where both write, each
changes what the other wrote, and whom one could not match the other may create again.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from zingle_sync.singer.errors import StopRun
from zingle_sync.zingle import TransientError, Zingle, ZingleError, integrations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# What is remembered of a service, so that it is asked once and not in every run.
VENDOR, NOT_CONNECTED = "vendor_connector", "not connected"

logger = logging.getLogger(__name__)


class VendorGate:
    """Called before every write; lets writes through while the vendor's connector is off.

    Costs one call for each service, at the first write of a run, and none after a run has learnt
    that there is no connector at work. A list that this log-in may not read, or that an older
    instance does not have, is no reason to stop.

    Args:
        service_ids: The services that the run may write to.
        facts: What earlier runs learnt, by service and name.
        allowed: Whether the user wants both to write.
    """

    def __init__(
        self,
        service_ids: Sequence[str],
        facts: Callable[[], Mapping[tuple[str, str], Any]],
        *,
        allowed: bool,
    ) -> None:
        self._service_ids, self._facts = service_ids, facts
        self._open = allowed
        self._refusal: StopRun | None = None
        self._lock = threading.Lock()
        self._off: list[str] = []

    def __call__(self, client: Zingle) -> None:
        """Look before the first write.

        Raises:
            StopRun: The vendor's connector is at work, or that can't be told just now.
        """
        if self._open:
            return
        with self._lock:
            if self._refusal is None and not self._open:
                self._refusal = self._look(client)
            if self._refusal is not None:
                raise self._refusal
            self._open = True

    def learnt(self) -> Iterator[tuple[str, str, str]]:
        """What the next run should know: service, name and word."""
        for service_id in self._off:
            yield service_id, VENDOR, NOT_CONNECTED

    def _look(self, client: Zingle) -> StopRun | None:
        connected: list[str] = []
        for service_id in self._service_ids:
            if self._facts().get((service_id, VENDOR)) == NOT_CONNECTED:
                continue
            try:
                found = [one for one in integrations_of(client, service_id) if one.is_salesforce]
            except TransientError as error:
                return StopRun(
                    "It can't be told whether the vendor's own Salesforce connector is at work "
                    f"({error}), so nothing was written; the next run asks again.",
                    code="vendor_unknown",
                )
            except ZingleError:
                continue  # not for this log-in, or not at this instance: check says so
            statuses = {one.status for one in found}
            if any(one.is_connected for one in found):
                connected.append(service_id)
            elif statuses <= {"disconnected"}:
                self._off.append(service_id)
            else:
                logger.warning(
                    "The vendor's own Salesforce connector of service %s is set up and says %s: "
                    "switch it off, or it may write again",
                    service_id,
                    ", ".join(sorted(statuses)),
                )
        if not connected:
            return None
        return StopRun(
            "The vendor's own Salesforce connector is connected to service "
            f"{', '.join(connected)} and writes to the same contacts, so nothing was written: "
            f"`zingle-sync takeover {connected[0]}` plans the switch; with allow_vendor_connector "
            "both write.",
            code="vendor_connected",
        )
