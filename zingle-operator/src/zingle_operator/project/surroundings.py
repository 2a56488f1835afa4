"""Where a project is, what is in its YAML, and which Meltano runs it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from dotenv import dotenv_values

from zingle_operator.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """A file that holds things by name; an empty one holds none.

    Raises:
        OperatorError: If it can't be read, with the line.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        why = str(getattr(error, "problem", None) or error).splitlines()[0]
        raise OperatorError(f"{path} can't be read: {why}{where}") from error
    if not isinstance(document or {}, dict):
        raise OperatorError(f"{path} can't be read: it must hold things by name")
    return document or {}


def meltano_program() -> str:
    """Meltano on the path, or beside this program.

    Raises:
        OperatorError: If it is in neither place.
    """
    beside = Path(sys.executable).with_name("meltano")
    program = shutil.which("meltano") or (str(beside) if beside.exists() else None)
    if program is None:
        raise OperatorError("the program meltano is not on the path: `pip install meltano`")
    return program


def find_root(environ: Mapping[str, str], folder: Path) -> Path | None:
    """The Meltano project around a folder, if there is one."""
    if root := environ.get("MELTANO_PROJECT_ROOT"):
        return Path(root)
    return next((one for one in (folder, *folder.parents) if (one / "meltano.yml").is_file()), None)


def default_environment(root: Path) -> str:
    """The environment that `.env`, else `meltano.yml` names, as Meltano takes it, or ""."""
    named = dotenv_values(root / ".env").get("MELTANO_ENVIRONMENT")
    return str(named or read_yaml(root / "meltano.yml").get("default_environment") or "")
