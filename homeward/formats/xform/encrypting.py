"""ODK's own form encryption, as far as a server without the private key meets it: the key goes into the form, and a
manifest comes back beside files that nobody here can read. The phone and the focal point's browser do the rest.
"""

from __future__ import annotations

import base64

from lxml import etree

from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.tree import local

OPENROSA = "http://openrosa.org/xforms"
LARGEST_KEY = 1_024  # bytes of an RSA block, far above what any phone makes


def with_key(xform: bytes, public_key: bytes) -> bytes:
    """The form as phones get it. It names no address, so that it goes back to the server it came from; the phone sends
    it by itself and deletes it afterwards.
    """
    root = safe_xml.parse(xform, safe_xml.FORM)
    model = next(root.iter("{*}model"))
    for before in [child for child in model if local(child) == "submission"]:
        model.remove(before)
    submission = etree.Element(etree.QName(etree.QName(model).namespace, "submission"))
    submission.set("base64RsaPublicKey", base64.b64encode(public_key).decode())
    for name in ("auto-send", "auto-delete"):
        submission.set(etree.QName(OPENROSA, name), "true")
    model.insert(0, submission)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def is_encrypted(root: Element) -> bool:
    return root.get("encrypted") == "yes"


def check_manifest(root: Element) -> None:
    """Raises where the manifest could be opened by nobody: better said to the phone than to a focal point."""
    found = {local(child): (child.text or "").strip() for child in root}
    try:
        key = base64.b64decode(found.get("base64EncryptedKey", ""), validate=True)
    except ValueError:
        key = b""
    if not 0 < len(key) <= LARGEST_KEY or not found.get("encryptedXmlFile"):
        raise ProblemError(
            Problem(
                "submission.manifest",
                "The encrypted form does not say how it was encrypted.",
                "Send the file as the collecting app wrote it.",
            )
        )
