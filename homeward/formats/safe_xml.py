"""The one door through which XML enters.

Two parsers read the whole body. expat comes first and only looks: it refuses a DOCTYPE at its first event, in any
encoding, and counts depth, nodes and sizes, so nothing is built from a hostile body. lxml then builds the tree,
hardened. expat gets the body in one piece: fed in small pieces it takes quadratic time over one long attribute.
Nothing here recurses, fetches or expands.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from homeward.domain.problems import Problem, ProblemError

Element = etree._Element

ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "ascii"})
AS_SENT = "Send the file as the collecting app wrote it."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may hold. The defaults fit a submission; a form with long choice lists needs `FORM`."""

    body_bytes: int = 10_000_000
    depth: int = 200
    nodes: int = 50_000  # elements, attributes, comments and processing instructions
    attributes: int = 200  # on one element
    value_bytes: int = 65_536  # one text, one attribute
    name_bytes: int = 1_024


SUBMISSION = Limits()
FORM = Limits(nodes=1_000_000)


def parse(data: bytes, limits: Limits = SUBMISSION) -> Element:
    """Bytes of an XML document -> its root element, without comments and processing instructions."""
    if len(data) > limits.body_bytes:
        raise _refusal(
            "xml.too_large",
            "The XML is larger than {limit} bytes.",
            "Send pictures and sound as separate files, not inside the XML.",
            status=413,
            limit=limits.body_bytes,
        )
    if not data.strip(b" \t\r\n\0"):
        raise _refusal("xml.empty", "The XML is empty.", AS_SENT)
    _look(data, limits)
    return _build(data)


def _refusal(code: str, message: str, action: str, *, status: int = 400, **params: str | int) -> ProblemError:
    return ProblemError(Problem(code, message, action, params=params, status=status))


class _Look:
    """Counts while expat reads; raises at the first thing that is not allowed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = 0
        self.text_bytes: list[int] = [0]  # one number for each open element

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise _refusal("xml.encoding", "The XML is written in an encoding that is not accepted.", "Use UTF-8.")

    def doctype(self, *_ignored: object) -> None:
        raise _refusal("xml.doctype", "The XML has a DOCTYPE, which is never accepted.", "Remove the DOCTYPE.")

    def start(self, name: str, attributes: list[str]) -> None:
        self.text_bytes.append(0)
        if len(self.text_bytes) - 1 > self.limits.depth:
            raise _refusal("xml.depth", "The XML is nested deeper than {limit}.", AS_SENT, limit=self.limits.depth)
        if len(attributes) > 2 * self.limits.attributes:
            raise _refusal(
                "xml.attributes", "An element has more than {limit} attributes.", AS_SENT, limit=self.limits.attributes
            )
        self.count(1 + len(attributes) // 2)
        if len(name) > self.limits.name_bytes:
            self.name(name)
        for position, text in enumerate(attributes):
            if position % 2:
                self.value(_size(text))
            else:
                self.name(text)

    def end(self, _name: str) -> None:
        self.text_bytes.pop()

    def text(self, text: str) -> None:
        size = self.text_bytes[-1] = self.text_bytes[-1] + _size(text)
        if size > self.limits.value_bytes:
            self.value(size)

    def aside(self, *parts: str) -> None:
        """A comment or a processing instruction: dropped later, counted here."""
        self.count(1)
        for part in parts:
            self.value(_size(part))

    def count(self, more: int) -> None:
        self.nodes += more
        if self.nodes > self.limits.nodes:
            raise _refusal("xml.nodes", "The XML has more than {limit} nodes.", AS_SENT, limit=self.limits.nodes)

    def name(self, name: str) -> None:
        if len(name) > self.limits.name_bytes:
            raise _refusal(
                "xml.name", "A name in the XML is longer than {limit} letters.", AS_SENT, limit=self.limits.name_bytes
            )

    def value(self, size: int) -> None:
        if size > self.limits.value_bytes:
            raise _refusal(
                "xml.value",
                "A value in the XML is longer than {limit} bytes.",
                "Shorten the answer, or send it as a file.",
                status=413,
                limit=self.limits.value_bytes,
            )


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _look(data: bytes, limits: Limits) -> None:
    look = _Look(limits)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.XmlDeclHandler = look.declaration
    parser.StartDoctypeDeclHandler = look.doctype
    if not _within(data, limits):
        parser.StartElementHandler = look.start
        parser.EndElementHandler = look.end
        parser.CharacterDataHandler = look.text
        parser.CommentHandler = look.aside
        parser.ProcessingInstructionHandler = look.aside
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _malformed(getattr(error, "lineno", 0), getattr(error, "offset", 0)) from None


def _within(data: bytes, limits: Limits) -> bool:
    """Whether so short a document, with so few and such short tags, can break no limit whatever it says: most
    interviews are such, and need no count of each of their elements. UTF-16, which is never without a zero byte, is
    counted: there a letter may look like two signs.
    """
    brackets, attributes = data.count(b"<"), data.count(b"=")
    return (
        len(data) <= limits.value_bytes
        and b"\0" not in data
        and brackets <= limits.depth
        and attributes <= limits.attributes
        and brackets + attributes <= limits.nodes
        and max(map(len, data.split(b"<"))) <= limits.name_bytes
    )


def _build(data: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise _malformed(line or 0, column or 0) from None


def _malformed(line: int, column: int) -> ProblemError:
    return _refusal(
        "xml.malformed",
        "The XML cannot be read: it breaks off or is not well formed at line {line}, column {column}.",
        "Send it again; if it fails again, keep the file and call support.",
        line=line,
        column=column,
    )
