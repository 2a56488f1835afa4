"""`composite` and `composite/batch`: several calls in one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.org.calls import Answer, ApiError, Call, dispatch
from zingle_sandbox.salesforce.org.storage import all_or_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PARTS = 25
MOST_QUERIES = 5
_COUNTED = re.compile(r".*/(?:query(?:All)?|composite/sobjects)(?:[/?].*)?")
_FORBIDDEN = re.compile(r"/composite(?:/batch|/graph|/tree.*)?/?")
_REFERENCE = re.compile(r"@\{([A-Za-z_]\w*)((?:\[\d+\]|\.[A-Za-z_]\w*)+)\}")
_STEP = re.compile(r"\[(\d+)\]|\.([A-Za-z_]\w*)")
_FAILED = 400


class _RollBack(Exception):  # noqa: N818 - no error: it ends the transaction
    """Undo the whole call."""


def _parts(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    parts = body.get(key)
    if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
        raise ApiError(400, "JSON_PARSER_ERROR", f"{key} must be a list of requests")
    if len(parts) > MOST_PARTS:
        raise ApiError(
            400,
            "LIMIT_EXCEEDED",
            f"The request exceeds the maximum of {MOST_PARTS} subrequests",
        )
    return parts


def composite(call: Call) -> Answer:
    """`POST …/composite`: in order, later parts may use what earlier ones answered."""
    body = call.json_object()
    parts = _parts(body, "compositeRequest")
    if (
        sum(_COUNTED.fullmatch(str(part.get("url", ""))) is not None for part in parts)
        > MOST_QUERIES
    ):
        raise ApiError(
            400,
            "LIMIT_EXCEEDED",
            f"The request exceeds the maximum of {MOST_QUERIES} query and collections subrequests",
        )
    names = [part.get("referenceId") for part in parts]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise ApiError(400, "INVALID_INPUT", "Each subrequest needs its own referenceId")
    all_or_none = bool(body.get("allOrNone", False))
    answers: dict[str, Answer] = {}
    changed = call.changed_rows
    try:
        with all_or_nothing(call.org.sandbox.store):
            for part in parts:
                answers[part["referenceId"]] = _composite_part(call, part, answers)
                if all_or_none and answers[part["referenceId"]].status >= _FAILED:
                    raise _RollBack  # noqa: TRY301 - it has to leave the transaction
    except _RollBack:
        call.changed_rows = changed
        failed = next(reversed(answers))
        halted = ApiError(
            400,
            "PROCESSING_HALTED",
            "The transaction was rolled back since another operation in the same transaction"
            " failed.",
        ).answer()
        answers = {name: answers[name] if name == failed else halted for name in map(str, names)}
    return Answer(
        body={
            "compositeResponse": [
                {
                    "body": answer.body,
                    "httpHeaders": answer.headers,
                    "httpStatusCode": answer.status,
                    "referenceId": name,
                }
                for name, answer in answers.items()
            ]
        }
    )


def _composite_part(call: Call, part: dict[str, Any], answers: Mapping[str, Answer]) -> Answer:
    try:
        url = _resolve(part.get("url"), answers)
        content = _resolve(part.get("body"), answers)
    except LookupError as error:
        message = f"Invalid reference specified. No value for {error.args[0]} found"
        failed = answers.get(str(error.args[0]).partition(".")[0].partition("[")[0])
        if failed is not None and failed.status >= _FAILED:
            return ApiError(
                400,
                "PROCESSING_HALTED",
                f"{message} because the subrequest it refers to failed",
            ).answer()
        return ApiError(400, "PROCESSING_HALTED", message).answer()
    if not isinstance(url, str) or not url.startswith("/services/data/"):
        return ApiError(
            400, "INVALID_INPUT", f"The url must start with /services/data: {url}"
        ).answer()
    headers = part.get("httpHeaders") or {}
    if not isinstance(headers, dict):
        return ApiError(400, "JSON_PARSER_ERROR", "httpHeaders must be an object").answer()
    headers = {str(name): str(value) for name, value in headers.items()}
    return _inner(call, str(part.get("method", "GET")).upper(), url, content, headers)


def _resolve(value: Any, answers: Mapping[str, Answer]) -> Any:  # noqa: ANN401 - JSON
    """Replace `@{name.path}` by what an earlier part answered.

    Raises:
        LookupError: nothing is there.
    """
    if isinstance(value, dict):
        return {key: _resolve(one, answers) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolve(one, answers) for one in value]
    if not isinstance(value, str):
        return value

    def found(match: re.Match[str]) -> str:
        name, path = match[1], match[2]
        if name not in answers or answers[name].status >= _FAILED:
            raise LookupError(f"{name}{path}")
        current = answers[name].body
        for index, key in _STEP.findall(path):
            try:
                current = current[int(index)] if index else current[key]
            except (LookupError, TypeError) as error:
                raise LookupError(f"{name}{path}") from error
        return str(current)

    return _REFERENCE.sub(found, value)


def _inner(call: Call, method: str, url: str, content: Any, headers: Mapping[str, str]) -> Answer:  # noqa: ANN401 - JSON
    """Serve one part."""
    part = call.part(method, url, content, headers)
    if _FORBIDDEN.fullmatch(part.path):
        return ApiError(400, "INVALID_OPERATION", f"{part.path} cannot be a subrequest").answer()
    answer = dispatch(part)
    call.changed_rows += part.changed_rows
    call.notes.extend(part.notes)
    return answer


def batch(call: Call) -> Answer:
    """`POST …/composite/batch`: independent calls; each counts against the daily limit."""
    body = call.json_object()
    parts = _parts(body, "batchRequests")
    halt = bool(body.get("haltOnError", False))
    results: list[dict[str, Any]] = []
    failed = False
    call.org.usage.add(call.org.sandbox.clock.timestamp(), len(parts) - 1)
    for part in parts:
        if failed and halt:
            halted = ApiError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")
            results.append({"statusCode": 412, "result": [halted.element()]})
            continue
        url = str(part.get("url", ""))
        if not url.startswith("/"):
            url = f"/services/data/{url}"
        method = str(part.get("method", "GET")).upper()
        answer = _inner(call, method, url, part.get("richInput"), {})
        failed = failed or answer.status >= _FAILED
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(body={"hasErrors": failed, "results": results})
