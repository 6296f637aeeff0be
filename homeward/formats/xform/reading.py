"""Bytes of an XForm, ours or a foreign one -> `Form`."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.model import Control, Form, Item, Itemset, Secondary, SetValue
from homeward.formats.xform.shape import read_shape
from homeward.formats.xform.tree import from_element, local

JR = "{http://openrosa.org/javarosa}"
CONTROLS = frozenset({"input", "select1", "select", "rank", "upload", "range", "trigger", "secret"})
BIND_TYPES = {"xsd:int": "int", "integer": "int", "xsd:integer": "int", "select1": "string", "select": "string"}


def read_form(data: bytes) -> Form:
    """Raises a ProblemError: the XML's own (`xml.*`), or `xform.unreadable` for what is no form."""
    document = safe_xml.parse(data, safe_xml.FORM)
    model = _first(document, "model")
    if model is None:
        raise _unreadable("This is not a form that can be collected: it has no model.")
    instances = [child for child in model if local(child) == "instance"]
    if not instances or len(instances[0]) != 1:
        raise _unreadable("This is not a form that can be collected: its first instance does not hold one element.")
    primary = instances[0][0]
    items = _Items(primary)
    _read_binds(model, items)
    body = _first(document, "body")
    if body is not None:
        _read_body(body, items)
    for item in items.by_path.values():  # parents stand before their children
        item.repeats = item.is_repeat or (item.parent is not None and item.parent.repeats)
    itext, default_language = _read_itext(model)
    submission = next((child for child in model if local(child) == "submission"), None)
    attributes = (
        {} if submission is None else {etree.QName(key).localname: str(v) for key, v in submission.attrib.items()}
    )
    title = _first(document, "title")
    return Form(
        id=primary.get("id") or etree.QName(primary).namespace or "",
        version=primary.get("version") or "",
        title=(title.text or "").strip() if title is not None else "",
        namespace=etree.QName(primary).namespace or "",
        root=items.root,
        items=items.by_path,
        secondary={found.name: found for found in map(_secondary, instances[1:])},
        itext=itext,
        default_language=default_language,
        set_values=tuple(_set_values(document, items)),
        submission_url=attributes.get("action", ""),
        submission_method=attributes.get("method", ""),
        public_key=attributes.get("base64RsaPublicKey", ""),
        shape=read_shape(document, model, primary, items.by_path, items.shown_in),
    )


def _unreadable(message: str, **params: str) -> ProblemError:
    action = "Upload the XForm that your form tool made, or the XLSForm itself."
    return ProblemError(Problem("xform.unreadable", message, action, params=params))


def _first(document: Element, name: str) -> Element | None:
    return next(document.iter("{*}" + name), None)


class _Items:
    """Elements of the primary instance by path. A repeat's template and its first row are one item."""

    def __init__(self, primary: Element) -> None:
        self.root = Item(local(primary), "/" + local(primary))
        self.by_path: dict[str, Item] = {}
        self.by_bind_id: dict[str, Item] = {}
        self.shown_in: dict[str, str] = {}  # path of a question -> path of the repeat around it in the body
        waiting = [(primary, self.root)]
        while waiting:
            element, item = waiting.pop()
            self.by_path.setdefault(item.path, item)
            if not len(element):
                item.default = item.default or (element.text or "").strip()
            waiting.extend(reversed([(child, self._child(child, item)) for child in element]))

    def _child(self, element: Element, parent: Item) -> Item:
        name = local(element)
        item = parent.children.get(name)
        if item is None:
            item = Item(name, f"{parent.path}/{name}", parent)
            parent.children[name] = item
        if element.get(JR + "template") is not None:
            item.is_repeat = True
        return item

    def find(self, reference: str, base: str = "") -> Item | None:
        """A path of the form, absolute or relative to the group around it."""
        path = reference.strip()
        if not path.startswith("/"):
            path = f"{base or self.root.path}/{path}"
        names: list[str] = []
        for name in path.split("/"):
            if name == "..":
                names = names[:-1]
            elif name not in (".", ""):
                names.append(name.rsplit(":", 1)[-1])
        return self.by_path.get("/" + "/".join(names))


def _read_binds(model: Element, items: _Items) -> None:
    for bind in model:
        if local(bind) != "bind":
            continue
        target = str(bind.get("nodeset") or bind.get("ref") or "")
        if "@" in target:
            continue  # the id and version of an entity: what the apps write there is no answer
        item = items.find(target)
        if item is None:
            raise _unreadable(
                "A rule of the form names {name}, which the form does not have.", name=str(bind.get("nodeset"))
            )
        kind = (bind.get("type") or "string").removeprefix("xsd:").removeprefix("odk:")
        item.type = BIND_TYPES.get(kind, kind)
        for rule in ("relevant", "required", "constraint", "calculate", "readonly"):
            setattr(item, rule, (bind.get(rule) or "").strip())
        item.preload = bind.get(JR + "preload") or ""
        item.constraint_message = bind.get(JR + "constraintMsg") or ""
        if bind.get("id"):
            items.by_bind_id[str(bind.get("id"))] = item


def _read_body(body: Element, items: _Items) -> None:
    waiting = [(body, items.root.path, "")]
    while waiting:
        element, base, around = waiting.pop()
        for child in element:
            name = local(child)
            item = _target(child, items, base)
            if name in CONTROLS and item is not None:
                item.control = _control(child, name)
                items.shown_in[item.path] = around
            elif name == "repeat" and item is not None:
                item.is_repeat = True
                item.count = (child.get(JR + "count") or "").strip()
            if name in ("group", "repeat"):
                within = item.path if item is not None and name == "repeat" else around
                waiting.append((child, item.path if item else base, within))


def _target(element: Element, items: _Items, base: str) -> Item | None:
    if element.get("bind"):
        return items.by_bind_id.get(str(element.get("bind")))
    reference = element.get("ref") or element.get("nodeset")
    if not reference:
        return None
    item = items.find(reference, base)
    if item is None and local(element) in (*CONTROLS, "repeat"):
        raise _unreadable("A question of the form names {name}, which the form does not have.", name=str(reference))
    return item


def _control(element: Element, kind: str) -> Control:
    choices: dict[str, str] = {}
    twice: list[str] = []
    itemset: Itemset | None = None
    for child in element:
        if local(child) == "item":
            code = _part(child, "value")
            twice += [code] if code in choices else []
            choices[code] = _part(child, "label")
        elif local(child) == "itemset":
            itemset = Itemset(
                str(child.get("nodeset") or "").strip(),
                _part(child, "value") or "name",
                _part(child, "label") or "label",
            )
    return Control(
        kind=kind,
        appearance=str(element.get("appearance") or ""),
        mediatype=str(element.get("mediatype") or ""),
        itemset=itemset,
        choices=choices,
        twice=tuple(twice),
        low=str(element.get("start") or ""),
        high=str(element.get("end") or ""),
        step=str(element.get("step") or ""),
    )


def _part(element: Element, name: str) -> str:
    """What a child refers to, or its text."""
    child = next((child for child in element if local(child) == name), None)
    if child is None:
        return ""
    return str(child.get("ref") or "").strip() or (child.text or "").strip()


def _read_itext(model: Element) -> tuple[dict[str, dict[str, str]], str]:
    languages: dict[str, dict[str, str]] = {}
    default = ""
    for translation in model.iterfind("{*}itext/{*}translation"):
        language = str(translation.get("lang") or "")
        if not default or translation.get("default") is not None:
            default = language
        texts = languages.setdefault(language, {})
        for entry in translation:
            if local(entry) == "text":
                texts[str(entry.get("id") or "")] = _plain_value(entry)
    return languages, default


def _plain_value(entry: Element) -> str:
    """The value to read, not its sound, picture or short form."""
    values = [child for child in entry if local(child) == "value"]
    plain = next((value for value in values if value.get("form") in (None, "long")), None)
    return "".join(str(text) for text in plain.itertext()).strip() if plain is not None else ""


def _secondary(instance: Element) -> Secondary:
    name = str(instance.get("id") or "")
    source = str(instance.get("src") or "")
    return Secondary(name, source, None if source else from_element(instance))


def _set_values(document: Element, items: _Items) -> Iterator[SetValue]:
    for action in document.iter("{*}setvalue"):
        target = items.find(str(action.get("ref") or ""))
        value = str(action.get("value") or "") or _quoted((action.text or "").strip())
        yield SetValue(target.path if target else "", str(action.get("event") or ""), value)


def _quoted(text: str) -> str:
    if not text:
        return ""
    return f'"{text}"' if '"' not in text else f"'{text}'"
