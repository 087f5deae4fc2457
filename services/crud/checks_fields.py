"""Checks of fields."""

import re
from collections import Counter
from typing import Any

from models.accounts import ROLES
from models.fields import NUMBERS, Kind
from services.crud import conditions, rules
from services.crud.checklist import Found, Tables, check
from services.crud.checks_tables import unknown_in
from services.crud.prepare import default
from services.crud.registry import Field, Table
from services.crud.validate import Problem, clean, empty
from services.platform.crypto import sealed_length
from services.platform.file_kinds import KINDS
from services.platform.i18n import msg
from services.platform.numbering import BadPattern, check_pattern

ROLE_CODES = frozenset(role.code for role in ROLES)
LONGEST_CODE = 40
INDEXABLE = frozenset(Kind) - {Kind.LONG_TEXT, Kind.POINT, Kind.CHOICES, Kind.REFERENCES, Kind.FILE, Kind.IMAGE}
"""Kinds whose values an index can hold in order."""
_ASCII = frozenset({Kind.PHONE, Kind.ID_NUMBER, Kind.CREDIT_CODE, Kind.BANK_ACCOUNT, Kind.EMAIL, Kind.COLOUR})
_ADDED = frozenset({*NUMBERS, Kind.DURATION})
_GRID = frozenset(Kind) - {
    Kind.LONG_TEXT,
    Kind.POINT,
    Kind.CHOICES,
    Kind.REFERENCES,
    Kind.FILE,
    Kind.IMAGE,
    Kind.ID_NUMBER,
    Kind.BANK_ACCOUNT,
}
"""Kinds that can be changed in the list itself."""


def indexed(table: Table, name: str) -> bool:
    """Whether an index of the centre begins with this column."""
    names = {name, f"{name}__sort"}
    heads = ([column.name for column in index.columns][:2] for index in table.sql.indexes)
    return any(head[0] == "centre_id" and len(head) > 1 and head[1] in names for head in heads)


@check("E101")
def targets(table: Table, known: Tables) -> Found:
    """References lead to a table that is declared."""
    for field in table.fields.values():
        if field.spec.target and field.spec.target not in known:
            yield field.name, msg("It refers to the table “{table}”, which is not declared.", table=field.spec.target)


@check("E102")
def parents(table: Table, known: Tables) -> Found:
    """A tree hangs in its own table."""
    for field in table.fields.values():
        if field.kind is Kind.PARENT and field.spec.target != table.name:
            yield field.name, msg("A parent is a record of the same table: use reference for another one.")


@check("E103")
def narrowing(table: Table, known: Tables) -> Found:
    """What a picker offers is narrowed by fields that exist."""
    for field in table.fields.values():
        target = known.get(field.spec.target)
        for name, wanted in field.spec.narrow.items() if target else ():
            if name not in target.fields or target.fields[name].column is None:  # type: ignore[union-attr]
                yield (
                    field.name,
                    msg("narrow names the field “{field}”, which “{table}” does not keep.", field=name, table=field.spec.target),
                )
            if isinstance(wanted, str) and wanted.startswith("$") and wanted[1:] not in table.fields:
                yield field.name, msg("narrow names the field “{field}”, which this table does not have.", field=wanted[1:])


@check("E104")
def field_conditions(table: Table, known: Tables) -> Found:
    """Conditions of fields name fields, choices and roles that exist."""
    for field in table.fields.values():
        spec = field.spec
        for what, when in (("shown_if", spec.shown_if), ("required_if", spec.required_if), ("editable_if", spec.editable_if)):
            yield from ((field.name, message) for _where, message in unknown_in(table, when, what))
            for role in when.roles if when else ():
                if role not in ROLE_CODES:
                    yield field.name, msg("{what} names the role “{role}”, which does not exist.", what=what, role=role)


@check("E105")
def filters(table: Table, known: Tables) -> Found:
    """What a big list is filtered by has an index."""
    for field in table.filter_fields:
        if field.spec.computed and not table.screen.few:
            yield field.name, msg("A big list can't be filtered by a computed field: store the value, or declare few=True.")
        elif field.column is not None and field.kind in INDEXABLE and not field.spec.sensitive and not indexed(table, field.name):
            yield field.name, msg("It is offered as a filter but has no index.")
        elif field.kind in (Kind.LONG_TEXT, Kind.POINT, Kind.FILE, Kind.IMAGE):
            yield field.name, msg("A list can't be filtered by this kind of field.")


@check("E106")
def sorts(table: Table, known: Tables) -> Found:
    """What a big list is sorted by has an index."""
    for field in table.declared:
        if not field.spec.sort:
            continue
        if field.kind not in INDEXABLE:
            yield field.name, msg("A list can't be sorted by this kind of field.")
        elif not table.screen.few and (field.spec.computed or not indexed(table, field.name)):
            yield field.name, msg("It is offered for sorting but has no index: make it a list column, or declare few=True.")


@check("E107")
def searched(table: Table, known: Tables) -> Found:
    """The search box looks at stored values."""
    for field in table.declared:
        if field.spec.search and (field.spec.computed or field.kind in (Kind.REFERENCES, Kind.FILE, Kind.IMAGE, Kind.POINT)):
            yield field.name, msg("The search can't look at a field of this kind.")


@check("E108")
def exposed(table: Table, known: Tables) -> Found:
    """Sensitive values are not told by a list's sort, search, filter, sum or title."""
    for field in table.declared:
        spec = field.spec
        if spec.sensitive and (spec.search or spec.filter or spec.sum or spec.sort or spec.inline or field in table.titles):
            yield (
                field.name,
                msg("A sensitive field can't be a title, and not be searched, filtered, sorted, summed or changed in the list."),
            )


@check("E109")
def sealed(table: Table, known: Tables) -> Found:
    """Only text is sealed."""
    for field in table.declared:
        if field.spec.sensitive and not field.is_text:
            yield field.name, msg("Only fields of text can be sensitive: keep this as text, or leave it open.")


@check("E110")
def duplicate_choices(table: Table, known: Tables) -> Found:
    """Choices have codes of their own."""
    for field in table.declared:
        for code, count in Counter(choice.code for choice in field.spec.choices).items():
            if count > 1:
                yield field.name, msg("The choice “{choice}” is declared twice.", choice=code)


@check("E111")
def choice_codes(table: Table, known: Tables) -> Found:
    """Codes of choices fit their column and the address bar."""
    for field in table.declared:
        if field.kind in (Kind.CHOICE, Kind.CHOICES) and not field.spec.choices:
            yield field.name, msg("It has no choices.")
        for choice in field.spec.choices:
            if not re.fullmatch(rf"[A-Za-z0-9_.-]{{1,{LONGEST_CODE}}}", choice.code):
                yield (
                    field.name,
                    msg(
                        "The code “{choice}” has other signs than letters, digits, dot, dash and underscore, or more than 40.",
                        choice=choice.code,
                    ),
                )


@check("E112")
def defaults(table: Table, known: Tables) -> Found:
    """A default could be typed: it is a choice that is offered, within the bounds, written as it should be."""
    for field in table.declared:
        value = field.spec.default
        if value is None or callable(value) or field.spec.computed:
            continue
        problem = _problem(field, value)
        if problem:
            yield field.name, msg("Its default can't be kept: {problem}", problem=problem.message)


@check("E113")
def examples(table: Table, known: Tables) -> Found:
    """An example could be typed."""
    for field in table.declared:
        if field.spec.example and field.is_text and field.kind is not Kind.LONG_TEXT:
            problem = _problem(field, field.spec.example)
            if problem:
                yield field.name, msg("Its example can't be kept: {problem}", problem=problem.message)


def _problem(field: Field, value: Any) -> Problem | None:
    try:
        clean(field, value)
    except Problem as problem:
        return problem
    return None


@check("E114")
def hidden_required(table: Table, known: Tables) -> Found:
    """What must be filled can be filled: it is shown, or has a default."""
    for field in table.declared:
        if field.required and field.spec.shown_if and empty(default(table, field)):
            yield field.name, msg("It is required but not always shown: give it a default, or let it be empty and use required_if.")


@check("E115")
def numbers(table: Table, known: Tables) -> Found:
    """Numbers of the system count."""
    for field in table.declared:
        if not field.spec.number:
            continue
        try:
            check_pattern(field.spec.number)
        except BadPattern as problem:
            yield field.name, msg("Its number pattern is wrong: {problem}", problem=str(problem))
        if not field.spec.unique:
            yield field.name, msg("A number that the system gives is unique: leave unique=True.")


@check("E116")
def patterns(table: Table, known: Tables) -> Found:
    """Patterns can be read, and say in words what they ask for."""
    for field in table.declared:
        if not field.spec.pattern:
            continue
        try:
            re.compile(field.spec.pattern)
        except re.error as problem:
            yield field.name, msg("Its pattern can't be read: {problem}", problem=str(problem))
        if not field.spec.pattern_help:
            yield field.name, msg("Its pattern needs pattern_help: what it asks for, in plain words.")


@check("E117")
def bounds(table: Table, known: Tables) -> Found:
    """A value fits between the bounds."""
    for field in table.declared:
        least, most = field.spec.ge if field.spec.ge is not None else field.spec.gt, field.spec.le
        if least is None or most is None or callable(least) or callable(most):
            continue
        if least > most or (field.spec.gt is not None and least == most):
            yield field.name, msg("No value is both at least {least} and at most {most}.", least=str(least), most=str(most))


@check("E118")
def sums(table: Table, known: Tables) -> Found:
    """Only what adds up is summed."""
    for field in table.declared:
        if field.spec.sum and (field.kind not in _ADDED or field.kind is Kind.PERCENT):
            yield field.name, msg("The footer can't sum a field of this kind.")


@check("E119")
def inline(table: Table, known: Tables) -> Found:
    """What is changed in the list is typed, and fits a cell."""
    for field in table.declared:
        state = table.flow is not None and field.name == table.flow.field
        if field.spec.inline and (not field.typed or field.kind not in _GRID or state):
            yield field.name, msg("It can't be changed in the list: take out inline.")


@check("E120")
def unmasked(table: Table, known: Tables) -> Found:
    """Who sees a sensitive field is a role."""
    for field in table.declared:
        for role in field.spec.unmasked_for:
            if role not in ROLE_CODES:
                yield field.name, msg("unmasked_for names the role “{role}”, which does not exist.", role=role)
        if field.spec.unmasked_for and not field.spec.sensitive:
            yield field.name, msg("unmasked_for says nothing of a field that is not sensitive.")


@check("E121")
def extensions(table: Table, known: Tables) -> Found:
    """Files that are asked for are of a kind that the product keeps."""
    for field in table.declared:
        for extension in field.spec.accept:
            if extension not in KINDS:
                yield field.name, msg("accept names “{extension}”, a kind of file that the product does not keep.", extension=extension)


@check("E122")
def emptied(table: Table, known: Tables) -> Found:
    """A reference that is emptied may be empty."""
    for field in table.declared:
        if field.spec.on_delete == "set null" and field.required:
            yield field.name, msg("It can't be emptied when its target is deleted, because it is required.")


@check("E123")
def lengths(table: Table, known: Tables) -> Found:
    """A text fits its column."""
    for field in table.declared:
        size = getattr(field.column.type, "length", None) if field.column is not None else None
        octets = (field.spec.max_length or 0) * (1 if field.kind in _ASCII else 4)
        if field.spec.sensitive and size is not None and size < sealed_length(octets):
            yield field.name, msg("Its column is too short for the sealed text: leave the length of a sensitive field to models.fields.")


@check("E124")
def record_checks(table: Table, known: Tables) -> Found:
    """Rules over a record can be worked out on values, and stand beside a field."""
    blank = {field.name: None for field in table.fields.values()}
    for rule in table.checks:
        if rule.field not in table.fields:
            yield "", msg("The rule “{rule}” stands beside “{field}”, which the table does not have.", rule=rule.name, field=rule.field)
        try:
            conditions.holds(rule, blank)
        except Exception as problem:  # noqa: BLE001  (whatever a declared expression raises is what is to be told)
            yield "", msg("The rule “{rule}” can't be worked out on values: {problem}", rule=rule.name, problem=repr(problem))


@check("E125")
def required_readonly(table: Table, known: Tables) -> Found:
    """What the system sets and must be filled has something to be filled with."""
    if table.name in rules.registered():
        return  # a rule may fill it before it is written
    for field in table.declared:
        column = field.column
        if column is None or column.nullable or not field.spec.readonly or field.spec.number or field.kind is Kind.BOOLEAN:
            continue
        if empty(default(table, field)) and not (table.flow and field.name == table.flow.field):
            yield field.name, msg("Nobody can type it and it must not be empty: give it a default, or let it be empty.")
