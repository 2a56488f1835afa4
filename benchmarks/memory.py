"""Peak memory of a process that is still running."""

from __future__ import annotations

from pathlib import Path


def peak_memory_mb(pid: int) -> float | None:
    """Peak resident memory so far.

    The kernel's own figure for an ended child includes what this process occupied at the fork.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
    return int(line.split()[1]) / 1024 if line else None
