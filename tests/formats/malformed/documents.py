"""XML that is no submission, class by class."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

Named = tuple[str, bytes]

ID = "uuid:0b9c1f5e-3a38-4cde-9a46-7f5d6d0f7a11"
ORX = "http://openrosa.org/xforms"
FORM = "visit-reflection"


def submission(meta: str | None = None, root: str = f'id="{FORM}" version="1.0"', inside: str = "") -> str:
    block = f"<meta><instanceID>{ID}</instanceID></meta>" if meta is None else meta
    answers = f"<start><child_known>no</child_known><child_typed>100000066</child_typed></start>{inside}"
    return f"<data {root}>{answers}{block}</data>"


def with_id(text: str) -> bytes:
    return submission(f"<meta><instanceID>{text}</instanceID></meta>").encode()


def inside(text: str) -> bytes:
    return submission(inside=text).encode("utf-8", "surrogatepass")


def truncated() -> Iterator[Named]:
    whole = submission().encode()
    for step in range(15):
        length = max(1, len(whole) * (step * 7 + 1) // 100)
        yield f"at {length} of {len(whole)} bytes", whole[:length]


def instance_ids() -> Iterator[Named]:
    yield "missing", submission("<meta/>").encode()
    yield "empty", with_id("")
    yield "only spaces", with_id("   ")
    yield "padded", with_id(f" {ID} ")
    yield "line feed after it", with_id(f"{ID}\n")
    yield "tab inside", with_id("uuid:\t1")
    yield "over-long", with_id("uuid:" + "a" * 400)
    yield "a megabyte long", with_id("u" * 1_000_000)
    yield "homoglyph", with_id(ID.replace("a", "а"))  # Cyrillic
    yield "zero width space", with_id(ID + "\u200b")
    yield "right-to-left mark", with_id("\u202e" + ID)
    yield "full-width digits", with_id("uuid:１２３")
    yield "an element inside", with_id("<b>uuid:1</b>")
    yield "twice", submission(f"<meta><instanceID>{ID}</instanceID><instanceID>{ID}x</instanceID></meta>").encode()
    corrected = f"<meta><instanceID>{ID}</instanceID><deprecatedID>{ID}</deprecatedID></meta>"
    yield "corrects itself", submission(corrected).encode()


def meta_blocks() -> Iterator[Named]:
    one = f"<meta><instanceID>{ID}</instanceID></meta>"
    foreign = f'<orx:meta xmlns:orx="{ORX}"><orx:instanceID>{ID}</orx:instanceID></orx:meta>'
    yield "none", submission("").encode()
    yield "two", submission(one + one).encode()
    yield "two with different ids", submission(one + one.replace("0b9c", "1111")).encode()
    yield "one in each namespace", submission(one + foreign).encode()
    yield "three", submission(one * 3).encode()
    yield "inside a group", submission(f"<group>{one}</group>").encode()
    yield "inside meta", submission(f"<meta>{one}</meta>").encode()
    yield "upper case", submission(one.replace("meta", "META")).encode()
    yield "id as an attribute", submission(f'<meta instanceID="{ID}"/>').encode()
    yield "id as text of meta", submission(f"<meta>{ID}</meta>").encode()
    yield "id beside meta", submission(f"<meta/><instanceID>{ID}</instanceID>").encode()
    yield "id of another name", submission(f"<meta><instanceId>{ID}</instanceId></meta>").encode()
    yield "deprecated id alone", submission(f"<meta><deprecatedID>{ID}</deprecatedID></meta>").encode()
    both = f"<meta><instanceID>{ID}</instanceID><deprecatedID>not an id</deprecatedID></meta>"
    yield "deprecated id with spaces", submission(both).encode()
    yield "a hundred", submission(one * 100).encode()


def form_ids() -> Iterator[Named]:
    for name, root in (
        ("none", ""),
        ("only a version", 'version="1.0"'),
        ("empty", 'id=""'),
        ("a space", 'id=" "'),
        ("a space inside", 'id="visit reflection"'),
        ("padded", f'id=" {FORM}"'),
        ("over-long", f'id="{"f" * 400}"'),
        ("markup", 'id="&lt;b&gt;"'),
        ("a quotation mark", 'id="a&quot;b"'),
        ("line feed", 'id="a&#10;b"'),
        ("unknown form", 'id="no-such-form-here"'),
        ("unknown form, homoglyph", f'id="{FORM.replace("o", "о")}"'),  # Cyrillic
        ("unknown form, path", 'id="../../etc/passwd"'),
        ("unknown form, upper case", f'id="{FORM.upper()}"'),
        ("given twice", f'id="{FORM}" id="{FORM}"'),
    ):
        yield name, submission(root=root).encode()


def encodings() -> Iterator[Named]:
    text = submission(inside="<note>é</note>")
    yield "Latin-1 bytes as UTF-8", text.encode("latin-1")
    yield "declared Latin-1", f"<?xml version='1.0' encoding='ISO-8859-1'?>{text}".encode("latin-1")
    yield "declared Windows-1256", f"<?xml version='1.0' encoding='windows-1256'?>{text}".encode("cp1256")
    yield "UTF-7", b"<?xml version='1.0' encoding='UTF-7'?>+ADw-data/+AD4-"
    yield "UTF-32", text.encode("utf-32")
    yield "UTF-32 without mark", text.encode("utf-32-le")
    yield "EBCDIC", f"<?xml version='1.0' encoding='cp037'?>{text}".encode("cp037")
    yield "UTF-16 cut in half a letter", text.encode("utf-16")[:-1]
    yield "UTF-8 declared as UTF-16", f"<?xml version='1.0' encoding='UTF-16'?>{text}".encode()
    yield "UTF-16 declared as UTF-8", f"<?xml version='1.0' encoding='UTF-8'?>{text}".encode("utf-16-be")
    yield "unknown encoding", f"<?xml version='1.0' encoding='x-made-up'?>{text}".encode()
    yield "overlong UTF-8", inside("<note>@</note>").replace(b"@", b"\xc0\xbc")
    yield "lone surrogate", inside("<note>\ud800</note>")
    yield "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode()
    yield "a stray byte", inside("<note>@</note>").replace(b"@", b"\xff")


def control_characters() -> Iterator[Named]:
    for code in (0x00, 0x01, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0xFFFE, 0xFFFF):
        yield f"U+{code:04X}", inside(f"<note>{chr(code)}</note>")
    for code in (0, 1, 0x1F, 0xD800, 0x110000):
        yield f"reference to {code}", inside(f"<note>&#{code};</note>")


DTD = '<!DOCTYPE data [<!ENTITY a "b">]>'


def doctypes() -> Iterator[Named]:
    text = submission()
    yield "plain", ("<!DOCTYPE data>" + text).encode()
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be"):
        mark = {"utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        yield encoding, mark + (DTD + text).encode(encoding)
    yield "UTF-16 without mark", (DTD + text).encode("utf-16-le")
    yield "after a comment", ("<!-- -->" + DTD + text).encode()
    yield "after an instruction", ("<?x y?>" + DTD + text).encode()
    yield "after a declaration", ("<?xml version='1.0'?>" + DTD + text).encode()
    yield "after much white space", (" \n" * 5000 + DTD + text).encode()
    yield "external", ('<!DOCTYPE data SYSTEM "http://127.0.0.1:9/x.dtd">' + text).encode()
    yield "external file", ('<!DOCTYPE data SYSTEM "file:///etc/passwd">' + text).encode()
    yield "public", ('<!DOCTYPE data PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd">' + text).encode()
    yield "lower case", (DTD.lower() + text).encode()
    yield "after the root", (text + DTD).encode()
    yield "inside the root", inside(DTD)


def entity_bombs() -> Iterator[Named]:
    for width in (2, 5, 10, 20):
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * width}">' for n in range(1, 12))
        yield f"{width} to the eleventh", f'<!DOCTYPE d [<!ENTITY e0 "x">{levels}]><d>&e11;</d>'.encode()
    big = f'<!DOCTYPE d [<!ENTITY big "{"A" * 100_000}">]><d>{"&big;" * 20_000}</d>'
    yield "quadratic", big.encode()
    yield "to itself", b'<!DOCTYPE d [<!ENTITY a "&a;">]><d>&a;</d>'
    yield "to each other", b'<!DOCTYPE d [<!ENTITY a "&b;"><!ENTITY b "&a;">]><d>&a;</d>'
    for name, target in (
        ("file", "file:///etc/passwd"),
        ("network", "http://127.0.0.1:9/"),
        ("jar", "jar:file:///x!/y"),
    ):
        yield f"external, {name}", f'<!DOCTYPE d [<!ENTITY a SYSTEM "{target}">]><d>&a;</d>'.encode()
    yield "parameter", b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><d/>'
    yield "parameter inside", b"<!DOCTYPE d [<!ENTITY % a \"<!ENTITY b 'c'>\">%a;]><d>&b;</d>"
    yield "in an attribute", b'<!DOCTYPE d [<!ENTITY a "b">]><d x="&a;"/>'
    yield "undeclared", inside("<note>&nothing;</note>")
    yield "of HTML", inside("<note>&nbsp;</note>")


def attribute_lists() -> Iterator[Named]:
    for count in (10, 1_000, 10_000, 60_000):
        listed = "".join(f'a{n} CDATA "v" ' for n in range(count))
        yield f"{count} defaults", f"<!DOCTYPE d [<!ATTLIST d {listed}>]><d/>".encode()
        apart = "".join(f'<!ATTLIST d a{n} CDATA "v">' for n in range(count // 2))
        yield f"{count // 2} declarations", f"<!DOCTYPE d [{apart}]><d/>".encode()
    for count in (300, 5_000, 100_000):
        written = " ".join(f'a{n}="v"' for n in range(count))
        yield f"{count} written", f"<d {written}/>".encode()
    yield "the same twice", b'<d a="1" a="2"/>'
    yield "the same by namespace", b'<d xmlns:x="u" xmlns:y="u" x:a="1" y:a="2"/>'
    yield "without value", b"<d a/>"
    yield "without quotes", b"<d a=1/>"


def namespaces() -> Iterator[Named]:
    for count in (250, 1_000, 50_000):
        written = " ".join(f'xmlns:n{n}="u{n}"' for n in range(count))
        yield f"{count} prefixes", f"<d {written}/>".encode()
    long = "u" * 70_000
    yield "a name of 70,000 letters", f'<d xmlns="{long}"/>'.encode()
    yield "a prefix of 5,000 letters", f'<{"p" * 5_000}:d xmlns:{"p" * 5_000}="u"/>'.encode()
    for name, text in (
        ("undeclared prefix", "<x:d/>"),
        ("undeclared prefix of an attribute", '<d x:a="1"/>'),
        ("empty prefix", "<:d/>"),
        ("prefix without name", '<x: xmlns:x="u"/>'),
        ("two colons", '<x:y:d xmlns:x="u"/>'),
        ("prefix bound to nothing", '<x:d xmlns:x=""/>'),
        ("xml bound elsewhere", '<d xmlns:xml="u"/>'),
        ("xmlns bound", '<d xmlns:xmlns="u"/>'),
        ("prefix beginning with a digit", '<d xmlns:1x="u"/>'),
        ("foreign root without form", '<d xmlns="http://example.invalid/a b"><meta/></d>'),
    ):
        yield name, text.encode()


def depths() -> Iterator[Named]:
    for depth in (201, 250, 300, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 200_000):
        yield f"{depth} closed", b"<a>" * depth + b"</a>" * depth
    for depth in (300, 10_000, 200_000):
        yield f"{depth} open", b"<a>" * depth
    yield "inside a submission", inside("<g>" * 250 + "</g>" * 250)


def nodes() -> Iterator[Named]:
    for count in (50_001, 60_000, 100_000, 200_000, 500_000):
        yield f"{count} elements", b"<d>" + b"<a/>" * count + b"</d>"
    for count in (50_001, 200_000):
        yield f"{count} comments", b"<d>" + b"<!---->" * count + b"</d>"
        yield f"{count} instructions", b"<d>" + b"<?p?>" * count + b"</d>"
        yield f"{count} attributes", b"<d>" + b'<a b="" c="" d="" e=""/>' * (count // 4) + b"</d>"
    names = "".join(f"<n{n}/>" for n in range(200_000))
    yield "200,000 names", f"<d>{names}</d>".encode()
    yield "inside a submission", inside("<r/>" * 60_000)
    yield "with text between", b"<d>" + b"x<a/>" * 60_000 + b"</d>"
    yield "before an error at the end", b"<d>" + b"<a/>" * 300_000 + b"<"


def huge_values() -> Iterator[Named]:
    long = "x" * 70_000
    yield "text", inside(f"<note>{long}</note>")
    yield "Arabic text under the number of letters", inside(f"<note>{'م' * 40_000}</note>")
    yield "attribute", inside(f'<note a="{long}"/>')
    yield "attribute of 8 MB", f'<d a="{"x" * 8_000_000}"/>'.encode()
    yield "text of 9 MB", f"<d>{'x' * 9_000_000}</d>".encode()
    yield "comment", inside(f"<!--{long}-->")
    yield "instruction", inside(f"<?p {long}?>")
    yield "CDATA", inside(f"<note><![CDATA[{long}]]></note>")
    yield "CDATA in pieces", inside(f"<note>{'<![CDATA[' + 'x' * 7_000 + ']]>'}{'<![CDATA[' + long + ']]>'}</note>")
    yield "text around elements", inside(f"<note>{('x' * 7_000 + '<b/>') * 10}</note>")
    yield "references", inside(f"<note>{'&#65;' * 70_000}</note>")
    yield "name", inside(f"<{'n' * 5_000}/>")
    yield "name of 5 MB", f"<{'n' * 5_000_000}/>".encode()
    yield "11 MB of spaces", b" " * 11_000_000
    yield "11 MB that would be sound", inside("<a/>" * 1_000) + b" " * 11_000_000


def broken_syntax() -> Iterator[Named]:
    for name, text in (
        ("tags crossed", "<a><b></a></b>"),
        ("end without begin", "</a>"),
        ("end of CDATA in text", "<a>]]></a>"),
        ("CDATA left open", "<a><![CDATA[x</a>"),
        ("CDATA in CDATA", "<a><![CDATA[<![CDATA[x]]>]]></a>"),
        ("comment with two hyphens", "<!-- a -- b -->"),
        ("comment left open", "<!-- a"),
        ("instruction named xml", "<?xml version='1.0'?>"),
        ("instruction named XML", "<?XML x?>"),
        ("instruction left open", "<?p x"),
        ("bare ampersand", "<a>a & b</a>"),
        ("bare less-than", "<a>1 < 2</a>"),
        ("less-than in an attribute", '<a b="<"/>'),
        ("name beginning with a digit", "<1a/>"),
    ):
        yield name, inside(text)
    yield "two roots", submission().encode() * 2


def other_documents() -> Iterator[Named]:
    for name, text in (
        ("a line feed", "\n"),
        ("white space", " \n\t "),
        ("one element", "<data/>"),
        ("XHTML", '<html xmlns="http://www.w3.org/1999/xhtml"><body>Sign in</body></html>'),
        ("HTML", "<!doctype html><html><body><p>Sign in<br></body></html>"),
        ("a form", '<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head/><h:body/></h:html>'),
        (
            "an OpenRosa answer",
            '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message/></OpenRosaResponse>',
        ),
        ("a form list", '<xforms xmlns="http://openrosa.org/xforms/xformsList"/>'),
        ("SOAP", '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>'),
        ("SVG with script", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("JSON", '{"instanceID": "uuid:1"}'),
        ("CSV", "a,b\n1,2\n"),
    ):
        yield name, text.encode()
    yield "PNG", b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    yield "gzip", gzip.compress(submission().encode() * 2, mtime=0)
    yield "zeros", bytes(100_000)
