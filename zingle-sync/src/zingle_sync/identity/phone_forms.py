"""One line, several written forms: what numbering plans changed, and what they write in two ways.

Add a plan here when old data of a country names its lines in another form. Pure text, for an
index of a million contacts asks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NOT_A_DIGIT = re.compile(r"\D")
_Rewrite = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

# Vietnam gave its mobiles new prefixes in 2018.
_VIETNAM = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    "186": "56",
    "188": "58",
    "199": "59",
}
_VIETNAM_BEFORE = {after: before for before, after in _VIETNAM.items()}
# Inside France the overseas territories are dialled like any number, abroad by their own code.
_OVERSEAS = {
    **dict.fromkeys(("590", "690", "691"), "590"),
    "594": "594",
    "694": "594",
    **dict.fromkeys(("596", "696", "697"), "596"),
    **dict.fromkeys(("262", "263", "269", "639", "692", "693"), "262"),
}
_PREFIXES = "|".join(_OVERSEAS)


def _rewrite(pattern: str, written: str | Callable[[re.Match[str]], str]) -> _Rewrite:
    if isinstance(written, str):
        template = written
        return re.compile(pattern), lambda match: match.expand(template)
    return re.compile(pattern), written


# Today's form of what is no longer assigned in the form before, and back.
_PLANS: tuple[tuple[_Rewrite, _Rewrite], ...] = (
    # Mexico dropped the 1 before mobiles in 2019.
    (_rewrite(r"\+521(\d{10})", r"+52\1"), _rewrite(r"\+52([2-9]\d{9})", r"+521\1")),
    # Brazil put a 9 before its mobiles by 2016.
    (
        _rewrite(r"\+55([1-9]\d)([6-9]\d{7})", r"+55\g<1>9\2"),
        _rewrite(r"\+55([1-9]\d)9([6-9]\d{7})", r"+55\1\2"),
    ),
    # Benin put 01 before every number in 2024.
    (_rewrite(r"\+229(\d{8})", r"+22901\1"), _rewrite(r"\+22901(\d{8})", r"+229\1")),
    # Colombia put 60 before the area code of its landlines in 2021.
    (
        _rewrite(r"\+57([124-8]\d{7})", r"+5760\1"),
        _rewrite(r"\+5760([124-8]\d{7})", r"+57\1"),
    ),
    (
        _rewrite(rf"\+84({'|'.join(_VIETNAM)})(\d{{7}})", lambda m: f"+84{_VIETNAM[m[1]]}{m[2]}"),
        _rewrite(
            rf"\+84({'|'.join(_VIETNAM_BEFORE)})(\d{{7}})",
            lambda m: f"+84{_VIETNAM_BEFORE[m[1]]}{m[2]}",
        ),
    ),
    (
        _rewrite(rf"\+33(({_PREFIXES})\d{{6}})", lambda m: f"+{_OVERSEAS[m[2]]}{m[1]}"),
        _rewrite(r"\+(?:590|594|596|262)((?:59|69|26|63)\d{7})", r"+33\1"),
    ),
    # Palestinian mobiles are reached by Israel's code, too.
    (_rewrite(r"\+972(5[69]\d{7})", r"+970\1"), _rewrite(r"\+970(5[69]\d{7})", r"+972\1")),
)
# Both forms are assigned: Argentina's mobiles with 9 and without, San Marino by way of Italy.
_TWINS: tuple[_Rewrite, ...] = (
    _rewrite(r"\+549([123]\d{9})", r"+54\1"),
    _rewrite(r"\+54([123]\d{9})", r"+549\1"),
    _rewrite(r"\+(?:39|378)0549(\d{6})", r"+378\1"),
    _rewrite(r"\+378([5-9]\d{5})", r"+3780549\1"),
    _rewrite(r"\+378([5-9]\d{5})", r"+390549\1"),
)


def phone_key(value: str) -> str:
    """The form in which phone numbers are compared: `+` and digits, as the line is dialled today.

    >>> phone_key("+521 55 1234 5678"), phone_key("+55 11 8765-4321")
    ('+525512345678', '+5511987654321')
    """
    number = "+" + _NOT_A_DIGIT.sub("", value)
    for before, _ in _PLANS:
        if match := before[0].fullmatch(number):
            return before[1](match)
    return number


def phone_forms(value: str) -> frozenset[str]:
    """Every form in which a line may be written: today's, those before, and its twins.

    Two numbers are one line where their forms are equal. Where two forms stand at two people,
    neither is the right one by itself.

    >>> sorted(phone_forms("+5491123456789"))
    ['+541123456789', '+5491123456789']
    """
    forms = {phone_key(value)}
    rewrites = [after for _, after in _PLANS] + list(_TWINS)
    while True:
        more = {
            write(match)
            for form in forms
            for pattern, write in rewrites
            if (match := pattern.fullmatch(form))
        }
        if more <= forms:
            return frozenset(forms)
        forms |= more
