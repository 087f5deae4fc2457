"""Numbers that China gives to people, organisations, accounts and telephones: their one spelling, and what is wrong with others."""

import re
from datetime import date, timedelta

from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent, ValidationError

from models.fields import today
from services.platform.i18n import Message, msg

OLDEST = timedelta(days=round(120.5 * 365.2425))
"""Nobody alive is older; an older birthday is a slip."""

_SEPARATORS = re.compile(r"[\s\-–—.()（）·]")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_SERVICE = re.compile(r"[48]00\d{7}", re.ASCII)
_FIXED = re.compile(r"(0(?:10|2\d|[3-9]\d\d))(\d{7,8})(\d{0,6})", re.ASCII)
_EXTENSION = re.compile(r"(?:转|ext\.?|x|#|,)\s*(\d{1,6})$", re.ASCII | re.IGNORECASE)


def phone(text: str) -> str | Message:
    """A mobile (`13812345678`), fixed (`0971-6123456`, with an extension `0971-6123456-801`) or service number (`4008108888`)."""
    text = text.strip()
    extension = ""
    if found := _EXTENSION.search(text):
        extension, text = found[1], text[: found.start()]
    elif found := re.fullmatch(r"(0\d{2,3}\D*\d{7,8})-(\d{1,6})", text, re.ASCII):
        text, extension = found[1], found[2]
    digits = re.sub(r"^(\+|00)86", "", _SEPARATORS.sub("", text))
    if not extension and (_MOBILE.fullmatch(digits) or _SERVICE.fullmatch(digits)):
        return digits
    fixed = _FIXED.fullmatch(digits)
    if fixed and not fixed[3]:
        return "-".join(filter(None, (fixed[1], fixed[2], extension)))
    return msg(
        "This is not a phone number of mainland China. Give 11 digits for a mobile, or a fixed number with its area code: 0971-6123456."
    )


def id_number(text: str) -> str | Message:
    """A resident identity number [K GB 11643]: 18 characters, a real day of birth, the right check character."""
    number = _SEPARATORS.sub("", text).upper()
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return msg("An ID number has 17 digits and a last digit or X.")
    try:
        born: date = ric.get_birth_date(number)
    except InvalidComponent:
        return msg("The day of birth in this ID number (digits 7 to 14) is not a day of the calendar.")
    if born > today():
        return msg("The day of birth in this ID number lies in the future.")
    if today() - born > OLDEST:
        return msg("The day of birth in this ID number is more than 120 years ago.")
    if ric.calc_check_digit(number) != number[-1]:
        return msg("The check digit of this ID number is wrong: a digit was mistyped or two were swapped.")
    return number


def id_doubt(number: str) -> Message | None:
    """Areas are renamed and merged: one that no list knows is only a doubt."""
    try:
        ric.get_birth_place(number)
    except ValidationError:
        return msg("No list knows the area of this ID number (its first six digits). Please compare it with the card.")
    return None


def credit_code(text: str) -> str | Message:
    """An organisation's unified social credit code [K GB 32100]."""
    code = _SEPARATORS.sub("", text).upper()
    if len(code) != 18 or not code.isascii():
        return msg("A credit code has 18 letters and digits.")
    try:
        return str(uscc.validate(code))
    except (ValidationError, ValueError):
        return msg("This credit code is wrong: a character was mistyped (it never holds I, O, S, V or Z).")


def bank_account(text: str) -> str | Message:
    """A card or account number as digits."""
    digits = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"\d{9,30}", digits, re.ASCII):
        return msg("A bank account has digits only, 13 to 19 for a card.")
    return digits


def bank_doubt(digits: str) -> Message | None:
    """Accounts of companies have no check digit: a wrong one is only a doubt."""
    if 13 <= len(digits) <= 19 and luhn.is_valid(digits):
        return None
    return msg("The check digit does not fit a bank card. Right for a company's account; otherwise please compare it with the card.")
