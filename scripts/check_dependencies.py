"""Run deptry in every package, with the package's own pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Return the number of packages whose declared dependencies are not those they import."""
    deptry = str(Path(sys.executable).with_name("deptry"))
    failed = 0
    for project in sorted(ROOT.glob("*/pyproject.toml")):
        answer = subprocess.run(
            [deptry, "src"], cwd=project.parent, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            failed += 1
            print(project.parent.name, answer.stdout, answer.stderr, sep="\n")
    print(f"dependencies: {failed} package(s) with a problem")
    return failed


if __name__ == "__main__":
    sys.exit(main())
