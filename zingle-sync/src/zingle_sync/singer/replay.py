"""Records that a target kept and gets again: they have gone through its stream maps before."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import PluginMapper, RemoveRecordTransform, SameRecordTransform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def mapped(schema: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The SCHEMA messages of what a target's stream maps make of a stream.

    Args:
        schema: The tap's SCHEMA message.
        settings: The target's settings.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    mapper = PluginMapper(copy.deepcopy(given), logging.getLogger(__name__))
    stream = schema["stream"]
    mapper.register_raw_stream_schema(stream, schema["schema"], schema.get("key_properties"))
    for one in mapper.stream_maps[stream]:
        if not isinstance(one, RemoveRecordTransform):
            yield {
                **schema,
                "stream": one.stream_alias,
                "schema": one.transformed_schema,
                "key_properties": one.transformed_key_properties,
            }


def leave_as_they_are(mapper: PluginMapper) -> None:
    """Let a mapper change nothing any more."""
    mapper.stream_maps_dict = {}
    mapper.default_mapper_type = SameRecordTransform
