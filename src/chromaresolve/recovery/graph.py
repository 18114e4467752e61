"""A model file looked at without running it: what it says, and that its weights are inside.

ONNX may keep weights in other files. Such a model is not known by its own fingerprint, and it could
name any file of this machine. The layout is protobuf's
(https://protobuf.dev/programming-guides/encoding/), the field numbers are onnx.proto's; a farm's
machine has onnxruntime, but no library for the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chromaresolve.errors import ModelError

_Way = dict[int, Any]
"""Fields, and in each of them the next ones."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types: a number, eight bytes, a length and so many bytes, four bytes."""

GRAPH, PROPERTY = 7, 14
"""Fields of ModelProto."""

KEY, VALUE = 1, 2
"""Fields of StringStringEntryProto, a property."""

FUNCTION, FUNCTION_NODE = 25, 7
"""Field of ModelProto, and the nodes of a FunctionProto."""

NODE, INITIALIZER, SPARSE_INITIALIZER = 1, 5, 15
"""Fields of GraphProto."""

ATTRIBUTE = 5
"""Field of NodeProto."""

TENSORS, SUBGRAPHS, SPARSE_TENSORS = (5, 10), (6, 11), (22, 23)
"""Fields of AttributeProto: one of each, and several."""

SPARSE_PARTS = (1, 2)
"""Fields of SparseTensorProto that are tensors: values and indices."""

EXTERNAL_DATA, DATA_LOCATION = 13, 14
"""Fields of TensorProto: where else its numbers are; 1 if they are elsewhere."""

LONGEST_VARINT = 64
"""Bits of the longest number; one that goes on is none, and would be read for hours."""


def _inside() -> _Way:
    """Return the way from a model to its tensors, field by field; an empty end is a tensor."""
    sparse: _Way = {field: {} for field in SPARSE_PARTS}
    graph: _Way = {INITIALIZER: {}, SPARSE_INITIALIZER: sparse}
    node: _Way = {
        ATTRIBUTE: {
            **{field: {} for field in TENSORS},
            **dict.fromkeys(SUBGRAPHS, graph),
            **dict.fromkeys(SPARSE_TENSORS, sparse),
        }
    }
    graph[NODE] = node
    return {GRAPH: graph, FUNCTION: {FUNCTION_NODE: node}}


def read_properties(path: Path) -> dict[str, str]:
    """Return the properties of a model whose weights are all inside.

    Raises:
        ModelError: It is no model, is cut off, or keeps weights in other files.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(path, f"cannot be read: {error.strerror}") from error
    try:
        is_external = _has_external(content, _inside())
        entries = [dict(_fields(entry)) for field, entry in _fields(content) if field == PROPERTY]
        properties = {entry[KEY].decode(): entry[VALUE].decode() for entry in entries}
    except (IndexError, KeyError, RecursionError, ValueError) as error:
        problem = "is cut off, or no model: copy it again, or run `chromaresolve export`"
        raise ModelError(path, problem) from error
    if is_external:
        raise ModelError(path, "keeps weights in another file: export it as one file")
    return properties


def _has_external(message: bytes, way: _Way) -> bool:
    for field, content in _fields(message):
        if not way:
            if field == EXTERNAL_DATA or (field == DATA_LOCATION and content == b"\x01"):
                return True
        elif field in way and _has_external(content, way[field]):
            return True
    return False


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each field's number and bytes.

    Raises:
        IndexError: A number is cut off.
        ValueError: A field is, or this is no protobuf.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            begin = at
            _, at = _varint(message, at)
        elif kind == BYTES:
            size, begin = _varint(message, at)
            at = begin + size
        elif kind in (FIXED32, FIXED64):
            begin, at = at, at + (4 if kind == FIXED32 else 8)
        else:
            raise ValueError(f"no field of wire type {kind}")
        if at > len(message):
            raise ValueError("a field is cut off")
        yield key >> 3, message[begin:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins there, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > LONGEST_VARINT:
            raise ValueError("a number does not end")
