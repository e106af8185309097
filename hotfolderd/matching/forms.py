"""What a text is by its form: a date, a price, an address; and which placeholders ask for such a thing.

Reads texts and names. Knows nothing of layers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hotfolderd.matching.names import Name

_MONTH = (
    r"(jan(uary|uar|vier)?|feb(ruary|ruar)?|févr(ier)?|febrero|m(ar|är)(ch|s|z|zo)?|apr(il)?|avr(il)?|abr(il)?|ma[iy](o)?"
    r"|jun(e|i|io)?|juin|jul(y|i|io)?|juillet|aug(ust)?|août|ago(sto)?|sept?(ember|embre|iembre)?|o[ck]t(ober|obre|ubre)?"
    r"|nov(ember|embre|iembre)?|de[cz](ember|embre)?|déc(embre)?|dic(iembre)?|ene(ro)?)\.?"
)
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)(s|nes|rs|ur)?(day)?\.?"
_DAY = r"\d{1,2}(st|nd|rd|th)?\.?"
_YEAR = r"(,?\s+('\d\d|\d{4}))?"
_DATE = (
    rf"({_WEEKDAY},?\s+)?({_DAY}(\s?[-–]\s?{_DAY})?\s*(of\s+|de\s+)?{_MONTH}|{_MONTH}\s+{_DAY}(\s?[-–]\s?{_DAY})?){_YEAR}"
    rf"|({_WEEKDAY},?\s+)?\d{{1,4}}[./-]\d{{1,2}}([./-](\d{{4}}|\d\d)?)?|{_MONTH}{_YEAR}|{_WEEKDAY}"
)
_MONEY = r"([$€£¥]\s?\d[\d.,]*(\.-|,-)?|\d[\d.,]*\s?([$€£¥]|usd|eur|gbp|chf)|(usd|eur|gbp|chf)\s?\d[\d.,]*)"
_DOMAIN = r"(https?://|www\.)\S+|[\w-]+(\.[\w-]+)*\.(com|org|net|io|de|fr|es|it|uk|tv|fm|shop|app|info|eu)(/\S*)?"

# The form, its pattern, and the words of names that ask for it.
_FORMS: tuple[tuple[str, re.Pattern[str], frozenset[str]], ...] = tuple(
    (form, re.compile(pattern, re.IGNORECASE), frozenset(words.split()))
    for form, pattern, words in (
        ("an e-mail address", r"\S+@\S+\.\w+", "email mail contact"),
        ("a web address", _DOMAIN, "url"),
        ("a handle", r"[@#]\w+", "hashtag handle social instagram twitter tag"),
        ("a price", rf"((from|only|ab|nur|now|just)\s+)?{_MONEY}(\s?/\s?\w+)?", "price"),
        ("a percentage", r"(up to |save )?[-–]?\d+([.,]\d+)?\s?%( off)?", "discount percent percentage offer saving"),
        ("a score", r"\d{1,3}\s?[-–:]\s?\d{1,3}", "score result"),
        ("a time", r"\d{1,2}[:.]\d\d\s?(am|pm|uhr|h)?|\d{1,2}\s?(am|pm|uhr|h)", "time doors hours"),
        ("a date", _DATE, "date day deadline"),
        ("a telephone number", r"\+?\d[\d\s()/-]{6,}", "phone telephone tel mobile"),
        ("a number", r"(no\.?\s?|#\s?)?\d{1,4}", "number count"),
    )
)


@lru_cache(maxsize=8192)
def forms_of(text: str) -> frozenset[str]:
    """The forms that a text has; none for plain words."""
    return frozenset(form for form, pattern, _ in _FORMS if pattern.fullmatch(text.strip()))


@lru_cache(maxsize=8192)
def forms_asked(name: Name) -> frozenset[str]:
    """The forms that a placeholder of this name asks for; `team name`, `title` or `day 1 forecast` ask for none."""
    words = frozenset(name.stem[:-1]) - {"day"} | frozenset(name.stem[-1:])
    return frozenset(form for form, _, asking in _FORMS if words & asking)


@lru_cache(maxsize=8192)
def shape_of(text: str) -> str:
    """How a text is written: each number `0`, each word `a`, signs as they are; `45 km/h` is `0 a/a`."""
    return re.sub(r"\s+", " ", re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text.strip())))
