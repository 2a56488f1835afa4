"""The private parts of the Singer SDK that we stand on are listed, and are what they were."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import singer_sdk

ROOT = Path(__file__).resolve().parents[2]
DECISION = ROOT / "docs" / "decisions" / "0014-sdk-hooks.md"

# Where each lives in the SDK, and its signature; None for what is no method.
HOOKS = {
    "_validate_config": (
        "plugin_base:PluginBase",
        "(self, *, raise_errors: 'bool' = True) -> 'list[str]'",
    ),
    "_handle_termination": (
        "plugin_base:PluginBase",
        "(self, signum: 'int', frame: 'FrameType | None') -> 'None'",
    ),
    "_config": ("plugin_base:PluginBase", None),
    "_ConfigInput": ("plugin_base", None),
    "_MAX_RECORD_AGE_IN_MINUTES": ("target_base:Target", None),
    "_process_schema_message": ("target_base:Target", "(self, message_dict: 'dict') -> 'None'"),
    "_process_record_message": ("target_base:Target", "(self, message_dict: 'dict') -> 'None'"),
    "_process_state_message": ("target_base:Target", "(self, message_dict: 'dict') -> 'None'"),
    "_process_activate_version_message": (
        "target_base:Target",
        "(self, message_dict: 'dict') -> 'None'",
    ),
    "_singer_validate_message": ("sinks.core:Sink", "(self, record: 'dict') -> 'None'"),
    "_after_process_record": ("sinks.core:Sink", "(self, context: 'dict') -> 'None'"),
    "_reset_max_record_age": ("target_base:Target", "(self) -> 'None'"),
    "_validate_and_parse": ("sinks.core:Sink", "(self, record: 'dict') -> 'dict'"),
    "_validator": ("sinks.core:Sink", None),
    "_remove_sdc_metadata_from_record": ("sinks.core:Sink", "(self, record: 'dict') -> 'None'"),
    "_increment_stream_state": (
        "streams.core:Stream",
        (
            "(self, latest_record: 'types.Record', *, context: 'types.Context | None' = None) "
            "-> 'None'"
        ),
    ),
    "_write_record_message": ("streams.core:Stream", "(self, record: 'types.Record') -> 'None'"),
    "_write_schema_message": ("streams.core:Stream", "(self) -> 'None'"),
    "_write_activate_version_message": (
        "streams.core:Stream",
        "(self, full_table_version: 'int') -> 'None'",
    ),
    "_stream_version": ("streams.core:Stream", None),
    "_initialized_at": ("streams.core:Stream", None),
    "_metadata": ("streams.core:Stream", None),
    "_tap": ("streams.core:Stream", None),
    "_tap_input_catalog": ("streams.core:Stream", None),
}
# Both classes have one of this name, and we touch both.
STATE_HOOK = "_write_state_message"
STATE_HOOKS = {
    "target_base:Target": "(self, state: 'dict') -> 'None'",
    "streams.core:Stream": "(self) -> 'None'",
}
# Modules of its own, with what we import from them.
MODULES = {
    "singer_sdk.configuration._dict_config": "parse_environment_config",
    "singer_sdk.helpers._batch": "BaseBatchFileEncoding",
}
# Names of ours that the SDK happens to use elsewhere, for something that we never meet.
OURS = {"_streams"}


def _private(name: str) -> bool:
    return len(name) > 1 and name.startswith("_") and not name.startswith("__")


def _defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield name
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            yield name


@cache
def _names_of_the_sdk() -> frozenset[str]:
    """Private names that the SDK's plugins, streams, sinks, readers and writers define."""
    folder = Path(singer_sdk.__file__).parent
    files = [
        *folder.glob("*_base.py"),
        *folder.glob("streams/*.py"),
        *folder.glob("sinks/*.py"),
        *folder.glob("singerlib/encoding/*.py"),
        folder / "contrib" / "msgspec.py",
    ]
    return frozenset(
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _defined(node)
        if _private(name)
    )


def _sources() -> Iterator[Path]:
    """Our modules that build upon the SDK."""
    for file in ROOT.glob("*/src/**/*.py"):
        text = file.read_text()
        if "import" in text and ("singer_sdk" in text or "zingle_sync.singer" in text):
            yield file


def _touched(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        yield from _defined(node)
        match node:
            case ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(module=str(module), names=names) if "singer_sdk" in module:
                yield from (alias.name for alias in names)


def _private_imports(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("singer_sdk"):
                if any(map(_private, module.split("."))):
                    yield from ((module, alias.name) for alias in names)


def test_every_private_part_of_the_sdk_that_is_touched_is_listed() -> None:
    """A new override, or a new use, of something private must be written down first."""
    known = _names_of_the_sdk() | {"_ConfigInput"}
    touched = {
        name for file in _sources() for name in _touched(file) if _private(name) and name in known
    }

    assert touched - OURS == {*HOOKS, STATE_HOOK}


def test_every_private_module_of_the_sdk_is_listed_and_there() -> None:
    """A module of the SDK's own is no promise: what is taken from it is written down."""
    imports = {one for file in _sources() for one in _private_imports(file)}

    assert set(MODULES.items()) == imports
    assert all(hasattr(import_module(module), name) for module, name in imports)


def _owner(place: str) -> object:
    module, _, name = place.partition(":")
    owner: object = import_module(f"singer_sdk.{module}")
    return getattr(owner, name) if name else owner


@pytest.mark.parametrize(
    ("place", "name", "signature"),
    [
        *((place, name, signature) for name, (place, signature) in HOOKS.items()),
        *((place, STATE_HOOK, signature) for place, signature in STATE_HOOKS.items()),
    ],
)
def test_the_sdk_still_has_it(place: str, name: str, signature: str | None) -> None:
    """Every private part that is touched exists in the installed SDK, its signature unchanged."""
    owner = _owner(place)
    if signature is not None:
        assert str(inspect.signature(getattr(owner, name))) == signature
    else:
        assert name in inspect.getsource(owner)  # type: ignore[arg-type]


def test_the_decision_names_every_private_part() -> None:
    """The decision record says of each why it is needed."""
    text = DECISION.read_text()

    named = (*HOOKS, STATE_HOOK, *MODULES.values())
    assert [] == [name for name in named if f"`{name}`" not in text]
