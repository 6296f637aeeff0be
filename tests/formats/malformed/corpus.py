"""Submissions that must be refused: 300 in 20 classes of 15, and the same damage at each hundredth in 12 more classes.
Each is a whole request body. Files that people upload stand in `uploads`.

`corpus()` is used against the XML door here and against the OpenRosa door in its own tests. None may take a second of
processor time or 200 MB, and none may be stored as a submission.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.formats.malformed import bodies, documents, everywhere
from tests.formats.malformed.sampling import chosen

CLASSES: dict[str, Callable[[], Iterator[documents.Named]]] = {
    "truncated": documents.truncated,
    "instance id": documents.instance_ids,
    "meta block": documents.meta_blocks,
    "form id": documents.form_ids,
    "encoding": documents.encodings,
    "control character": documents.control_characters,
    "doctype": documents.doctypes,
    "entity bomb": documents.entity_bombs,
    "attribute list": documents.attribute_lists,
    "namespace": documents.namespaces,
    "depth": documents.depths,
    "nodes": documents.nodes,
    "huge value": documents.huge_values,
    "not well formed": documents.broken_syntax,
    "other document": documents.other_documents,
}
REQUESTS: dict[str, Callable[[], Iterator[bodies.Request]]] = {
    "boundary": bodies.boundaries,
    "parts": bodies.parts,
    "file name": bodies.file_names,
    "compressed": bodies.compressed,
    "content type": bodies.content_types,
}


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    body: bytes
    content_type: str
    xml: bytes | None = None  # the document inside, where the body around it is sound

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def corpus() -> Iterator[Case]:
    """Made one by one, as some are large."""
    for kind, make in CLASSES.items():
        for name, xml in make():
            body, content_type = bodies.around(xml)
            yield Case(kind, name, body, content_type, xml)
    for kind, make_requests in REQUESTS.items():
        for name, body, content_type in make_requests():
            yield Case(kind, name, body, content_type)


def everywhere_else() -> Iterator[Case]:
    """The further classes; in the fast tiers some of each."""
    for kind, make in everywhere.DOCUMENTS.items():
        for name, xml in chosen(make()):
            body, content_type = bodies.around(xml)
            yield Case(kind, name, body, content_type, xml)
    for kind, make_requests in everywhere.REQUESTS.items():
        for name, request, content_type in chosen(make_requests()):
            yield Case(kind, name, request, content_type)


def checksum(case: Case) -> int:
    """Tells one case from another without keeping it."""
    return zlib.crc32(case.body, zlib.crc32(case.content_type.encode("utf-8", "replace")))
