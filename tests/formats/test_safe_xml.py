"""The one XML door: what it lets through, what it refuses, and at what cost."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from homeward.domain.problems import ProblemError
from homeward.formats import safe_xml
from homeward.formats.safe_xml import FORM, Limits, parse
from homeward.formats.xform.submission import read_meta
from tests.formats.malformed.corpus import CLASSES, Case, checksum, corpus
from tests.formats.malformed.documents import ID, submission

ROOT = Path(__file__).parents[2]
KNOWN_FORMS = frozenset({"visit-reflection"})
COST = """
import resource, time
from tests.formats.malformed.corpus import corpus
from tests.formats.test_safe_xml import refused
slowest = 0.0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for case in corpus():
    if case.xml is not None:
        begun = time.process_time()
        refused(case)
        slowest = max(slowest, time.process_time() - begun)
print(slowest, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def refused(case: Case) -> ProblemError | None:
    """The refusal of a document, as the intake would give it; None where its form is one that does not exist."""
    try:
        meta = read_meta(parse(case.xml or b""))
    except ProblemError as error:
        return error
    assert meta.form_id not in KNOWN_FORMS, f"{case} was taken"
    return None


class TestWhatIsLetThrough:
    def test_a_submission_keeps_its_answers(self) -> None:
        root = parse(submission(inside="<note>a &amp; b, <![CDATA[<c>]]></note>").encode())
        assert root.findtext("note") == "a & b, <c>"
        assert read_meta(root).instance_id == ID

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_unicode_in_its_usual_encodings_is_read(self, encoding: str) -> None:
        root = parse(submission(inside="<note>قول ሰላም 😀</note>").encode(encoding))
        assert root.findtext("note") == "قول ሰላም 😀"

    def test_comments_and_instructions_are_left_out(self) -> None:
        assert etree.tostring(parse(b"<?a b?><d>x<!-- c -->y<?e f?>z</d>")) == b"<d>xyz</d>"

    def test_a_form_may_be_larger_than_a_submission(self) -> None:
        body = b"<d>" + b"<a/>" * 60_000 + b"</d>"
        assert len(parse(body, FORM)) == 60_000
        with pytest.raises(ProblemError) as caught:
            parse(body)
        assert caught.value.first.code == "xml.nodes"

    def test_the_deepest_allowed_nesting_passes_and_one_more_does_not(self) -> None:
        assert parse(b"<a>" * 200 + b"</a>" * 200).tag == "a"
        with pytest.raises(ProblemError) as caught:
            parse(b"<a>" * 201 + b"</a>" * 201)
        assert caught.value.first.code == "xml.depth"


class TestRefusals:
    def test_the_corpus_has_300_different_cases_in_20_classes(self) -> None:
        counted = Counter(case.kind for case in corpus())
        assert len(counted) == 20
        assert set(counted.values()) == {15}
        assert len({checksum(case) for case in corpus()}) == 300

    @pytest.mark.parametrize("kind", sorted(CLASSES))
    def test_every_malformed_document_is_refused_with_a_message_and_what_to_do(self, kind: str) -> None:
        for name, xml in CLASSES[kind]():
            error = refused(Case(kind, name, b"", "", xml))
            if error is not None:
                assert 400 <= error.first.status < 500, name
                assert error.first.code.startswith(("xml.", "submission.")), name
                assert str(error.first), name
                assert error.first.action, name

    @pytest.mark.parametrize("kind", ["doctype", "entity bomb", "attribute list"])
    def test_a_doctype_is_refused_before_anything_in_it_is_read(self, kind: str) -> None:
        for name, xml in CLASSES[kind]():
            if xml.lstrip().startswith(b"<!DOCTYPE"):
                error = refused(Case(kind, name, b"", "", xml))
                assert error is not None
                assert error.first.code == "xml.doctype", name

    def test_no_message_repeats_what_the_document_said(self) -> None:
        with pytest.raises(ProblemError) as caught:
            parse(b"<d>a secret answer</e>")
        assert "secret" not in str(caught.value)

    def test_none_takes_a_second_or_200_megabytes(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", COST], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
        )
        seconds, megabytes = map(float, done.stdout.split())
        assert seconds < 1.0
        assert megabytes < 200

    def test_limits_can_be_given(self) -> None:
        with pytest.raises(ProblemError) as caught:
            parse(b"<data>1234567890</data>", Limits(body_bytes=10))
        assert caught.value.first.status == 413


NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cn"), blacklist_characters="\ufffe\uffff"), max_size=20
)


def elements() -> st.SearchStrategy[etree._Element]:
    def build(parts: tuple[str, dict[str, str], str, list[etree._Element]]) -> etree._Element:
        name, attributes, text, children = parts
        element = etree.Element(name, attributes)
        element.text = text or None
        element.extend(children)
        return element

    leaf = st.tuples(NAMES, st.dictionaries(NAMES, TEXTS, max_size=3), TEXTS, st.just([])).map(build)
    return st.recursive(
        leaf,
        lambda inner: st.tuples(NAMES, st.just({}), TEXTS, st.lists(inner, max_size=4)).map(build),
        max_leaves=12,
    )


class TestTwoParsers:
    @settings(max_examples=60, deadline=None)
    @given(elements())
    def test_what_was_written_is_read_again(self, element: etree._Element) -> None:
        written = etree.tostring(element, encoding="utf-8")
        assert etree.tostring(parse(written), method="c14n") == etree.tostring(element, method="c14n")

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_damaged_bytes_are_read_or_refused_and_nothing_else(self, data: st.DataObject) -> None:
        body = bytearray(submission(inside="<note a='1'>é &amp; <![CDATA[x]]></note>").encode())
        for _ in range(data.draw(st.integers(1, 4))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        with suppress(ProblemError):
            assert parse(bytes(body)).tag is not None


PIECES = ("<a>", "</a>", "<b c='d'>", "</b>", "<", ">", "=", "'", "é", "long" * 3, " ", "<?p q?>", "<!--c-->", "&amp;")
small_limits = st.builds(
    Limits,
    depth=st.integers(1, 4),
    nodes=st.integers(1, 6),
    attributes=st.integers(0, 3),
    value_bytes=st.integers(4, 60),
    name_bytes=st.integers(1, 12),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(("utf-8", "utf-16")), small_limits)
def test_a_document_that_needs_no_count_breaks_no_limit(inside: str, encoding: str, limits: Limits) -> None:
    data = f"<r>{inside}</r>".encode(encoding)
    if not safe_xml._within(data, limits):
        return
    with patch.object(safe_xml, "_within", return_value=False), suppress(ProblemError):
        parse(data, limits)
        return
    with pytest.raises(ProblemError):
        parse(data, limits)
