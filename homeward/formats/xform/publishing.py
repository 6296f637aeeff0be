"""What keeps a form from being published: a form is a program written by a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xform import expressions, lists, paths, regex, shape, syntax
from homeward.formats.xform.compiler import compile_text
from homeward.formats.xform.dependencies import circles, reads
from homeward.formats.xform.functions import PHONE_ONLY
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.syntax import Call, Expression, Literal, Path

MAX_CHOICES = 5_000  # in one list inside the form; a longer list belongs into a file
MAX_QUESTIONS = 2_000
OWN_FILE = re.compile(r"jr://(?:file|file-csv|images|audio|video)/(?!\.)[^/\\?#%]+\Z")
TRUTHS = frozenset({"relevant", "required", "constraint", "readonly"})
TAKES_SEVERAL = frozenset(
    {"sum", "min", "max", "count", "count-non-empty", "concat", "join", "checklist", "weighted-checklist"}
    | {"indexed-repeat", "position", "randomize", "once", "jr:choice-name"}
)
LAST_SAVED = "jr://instance/last-saved"


def check_publishable(form: Form) -> tuple[Problem, ...]:
    """Errors forbid publication; warnings name what the collecting apps do differently."""
    return (
        *_addresses(form),
        *_sizes(form),
        *shape.problems(form),
        *_sources(form),
        *_choices(form),
        *(problem for item, rule, text in form.expressions for problem in _expression(form, item, rule, text)),
        *_circles(form),
    )


def _addresses(form: Form) -> Iterator[Problem]:
    if form.submission_url:
        yield Problem(
            "xform.foreign_address",
            "The form says where answers are sent; they would not reach this server.",
            "Remove submission_url from the settings sheet.",
            where=Where(sheet="settings", field="submission_url"),
        )
    if form.public_key:
        yield Problem(
            "xform.foreign_key",
            "The form carries somebody's public key; this server could not read the answers.",
            "Remove public_key from the settings sheet.",
            where=Where(sheet="settings", field="public_key"),
        )


def _sizes(form: Form) -> Iterator[Problem]:
    if not form.id or form.id == form.namespace:  # Collect takes the namespace for it, browsers do not
        yield Problem("xform.no_id", "The form has no id.", "Give it a form_id in the settings sheet.")
    if len(form.items) > MAX_QUESTIONS:
        yield Problem(
            "xform.too_many_questions",
            "The form has more than {limit} questions and groups.",
            "Divide it into several forms.",
            params={"limit": MAX_QUESTIONS},
        )
    for name, source in form.secondary.items():
        size = sum(len(child.children) for child in source.root.children) if source.root else 0
        if size > MAX_CHOICES:
            yield _too_long(name, size)
    for item in form.items.values():
        if item.control and len(item.control.choices) > MAX_CHOICES:
            yield _too_long(item.name, len(item.control.choices))


def _too_long(name: str, size: int) -> Problem:
    return Problem(
        "xform.too_many_choices",
        "The list {list} has {size} choices; a form may hold {limit}.",
        "Put the list into a CSV file and use select_one_from_file.",
        params={"list": name, "size": size, "limit": MAX_CHOICES},
    )


def _sources(form: Form) -> Iterator[Problem]:
    for name, source in form.secondary.items():
        own = OWN_FILE.match(source.source) or source.source == LAST_SAVED
        if source.source and not own:
            yield Problem(
                "xform.foreign_source",
                "The list {list} comes from {source}, which is not a file of the form.",
                "Upload the file with the form and name it without an address.",
                params={"list": name, "source": source.source[:80]},
            )


def _choices(form: Form) -> Iterator[Problem]:
    for item in form.items.values():
        control = item.control
        if control is None or not control.chooses:
            continue
        if control.twice or (control.itemset is None and not control.choices):
            yield Problem(
                "xform.no_choices",
                "The question {question} has no choices, or one of them twice.",
                "Complete its list in the choices sheet.",
                where=_where(item, "type"),
                params={"question": item.name},
            )


def _where(item: Item, column: str) -> Where:
    return Where(sheet="survey", field=f"{item.name}, {column}")


def _expression(form: Form, item: Item, rule: str, text: str) -> Iterator[Problem]:
    where = _where(item, rule)
    try:
        unsupported = expressions.unsupported_functions(text)
        if unsupported:
            yield Problem(
                "xform.unsupported_function",
                "{functions} cannot be used here.",
                "Use one of the functions listed in the documentation of instruments.",
                where=where,
                params={"functions": ", ".join(f"{name}()" for name in unsupported)},
            )
            return
        compile_text(text)
    except ProblemError as error:
        for problem in error.problems:
            yield Problem(problem.code, problem.message, problem.action, where, problem.params)
        return
    yield from _patterns(text, where)
    yield from _engine_differences(rule, text, where)
    yield from _paths(form, item, text, where)
    yield from _repeats_from_outside(form, item, text, where)
    yield from _whole_paths(form, item, text, where)
    yield from lists.problems(form, text, where)


def _patterns(text: str, where: Where) -> Iterator[Problem]:
    for pattern in expressions.patterns(text):
        if pattern is None:
            yield Problem(
                "xform.regex_computed",
                "A pattern must be written into the form, not computed from answers.",
                "Write the pattern in quotation marks.",
                where=where,
            )
        elif not regex.is_anchored(pattern):
            yield Problem(
                "xform.regex_open",
                "The pattern {pattern} is matched against the whole answer on phones, and anywhere in browsers.",
                "Begin it with ^ and end it with $.",
                where=where,
                params={"pattern": pattern[:80]},
                severity="warning",
            )


def _engine_differences(rule: str, text: str, where: Where) -> Iterator[Problem]:
    """What Collect and the engine in the browser are known to compute differently."""
    phone_only = [name for name in expressions.functions_of(text) if name in PHONE_ONLY]
    if phone_only:
        yield Problem(
            "xform.phone_only",
            "{functions} works in Collect, not in the browser.",
            "Leave it out where interviews are held in the browser.",
            where=where,
            params={"functions": ", ".join(f"{name}()" for name in phone_only)},
            severity="warning",
        )
    if expressions.selects_nothing(text):
        yield Problem(
            "xform.selected_empty",
            "selected() with an empty code holds for an empty answer in Collect and never in the browser.",
            "Compare the question: write = '' after it.",
            where=where,
            severity="warning",
        )
    if expressions.bare_truths(text, whole=rule in TRUTHS):
        yield Problem(
            "xform.bare_truth",
            "A question stands alone as a yes or no; an empty answer means no in Collect and yes in the browser.",
            "Compare it: write != '' after the question.",
            where=where,
            severity="warning",
        )


def _repeats_from_outside(form: Form, item: Item, text: str, where: Where) -> Iterator[Problem]:
    """A value where several may stand: Collect gives up at the second entry of the repeat, browsers take the first."""
    tree = syntax.parse(text)
    spread = {
        id(argument)
        for part in syntax.walk(tree)
        if isinstance(part, Call) and part.name in TAKES_SEVERAL
        for argument in part.arguments
    }
    for part in syntax.walk(tree):
        if not isinstance(part, Path) or part.start != "/" or id(part) in spread:
            continue
        if any(step.predicates or step.axis != "child" for step in part.steps):
            continue
        path = "/" + "/".join(step.name for step in part.steps)
        if _in_a_repeat_not_around(form, path, item.path):
            yield Problem(
                "xform.repeat_from_outside",
                "A rule outside the repeat reads {path} inside it; Collect stops when the repeat has a second entry.",
                "Move the rule into the repeat, or use sum(), count(), join() or indexed-repeat().",
                where=where,
                params={"path": path},
                severity="warning",
            )


def _whole_paths(form: Form, item: Item, text: str, where: Where) -> Iterator[Problem]:
    """From inside a repeat: Collect takes such a path for one in the same entry, but in a filter; browsers for any."""
    if not item.repeats:
        return
    waiting: list[Expression] = [syntax.parse(text)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Call) and part.name == "indexed-repeat":
            waiting.extend(part.arguments[2::2])  # the others are meant whole
            continue
        waiting.extend(syntax.children(part))
        found = form.items.get(paths.whole(part))
        if found is not None and _share_a_repeat(found, item):
            yield Problem(
                "xform.whole_path",
                "A rule inside a repeat reads {path} by its whole path; browsers do not take it from the same entry.",
                "Write {near} and the name of the question, in a filter of choices {in_filter} and the name.",
                where=where,
                params={"path": found.path, "near": "../", "in_filter": "current()/../"},
            )


def _share_a_repeat(found: Item, item: Item) -> bool:
    above = found.parent
    while above is not None:
        if above.is_repeat and f"{item.path}/".startswith(f"{above.path}/"):
            return True
        above = above.parent
    return False


def _in_a_repeat_not_around(form: Form, path: str, place: str) -> bool:
    found = form.items.get(path)
    while found is not None:
        if found.is_repeat and not place.startswith(f"{found.path}/"):
            return found.path != path and place != found.path
        found = found.parent
    return False


def _paths(form: Form, item: Item, text: str, where: Where) -> Iterator[Problem]:
    for path in sorted(reads(text, item.path)):
        if path not in form.items and "*" not in path and path != "/":
            yield Problem(
                "xform.unknown_question",
                "A rule reads {path}, which the form does not have; it counts as empty.",
                "Correct the name of the question; write '' where empty is meant.",
                where=where,
                params={"path": path},
                severity="warning",
            )
    for part in syntax.walk(syntax.parse(text)):
        if isinstance(part, Call) and part.name == "instance":
            name = part.arguments[0].value if isinstance(part.arguments[0], Literal) else None
            if name not in form.secondary:
                yield Problem(
                    "xform.unknown_list",
                    "A rule reads the list {list}, which the form does not have.",
                    "Correct the name of the list, or upload its file with the form.",
                    where=where,
                    params={"list": str(name or "that is computed")},
                )


def _circles(form: Form) -> Iterator[Problem]:
    for path in circles(form):
        yield Problem(
            "xform.circle",
            "A rule of {path} depends on {path} itself, at once or through others.",
            "Break the circle: a question may depend only on others that do not depend on it.",
            where=_where(form.items[path], "relevant"),
            params={"path": path},
        )
