"""What the name of a column says: an id, a year of the calendar, a moment."""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALWAYS_ID = _words("id uuid guid identifier identifiant identificador matricule")
_ID_ALONE = _words("index idx record recnum no num number nummer numero nro lfd row rownum key #")
_ID_OF_SOMETHING = _words("no num number nummer numero nro key code index idx #")
# what has numbers of its own, so that "customer number" is an id and "octane number" is not
_THINGS = _words(
    """
    account animal article artikel batch bestell booking buchung case client cliente commande contract
    course customer device document employee event experiment factura flight household image invoice
    item job kunde kunden listing loan machine member message movie object observation order
    participant passenger patient payment pedido person personal player policy post product producto
    produit property question rechnungs record respondent response row sales sample school sensor
    sequence serial session specimen staff station store student subject supplier survey team ticket
    track trade transaction trip unit user vehicle vendor visit visitor zeile
    acct cust emp inv obs pat prod resp subj trans txn
    """
)
_POSTAL = _words(
    """
    zip zipcode plz postleitzahl postcode postalcode pincode cep postnummer postnr
    """
)
_POSTAL_PAIRS = frozenset(
    {("pin", "code"), ("post", "code"), ("postal", "code"), ("code", "postal"), ("zip", "code")}
)
_PHONES = _words("phone telephone telefon tel telefono telefone mobile mobil handy fax cellphone")
_YEARS = _words(
    """
    year years yr yyyy jahr jahre kalenderjahr baujahr geburtsjahr ano anos annee annees anno anni
    rok jaar ar aar vuosi god yil год 年 年份
    jahrgang vintage millesime annata anada cosecha bouwjaar schuljahr modelljahr berichtsjahr
    """
)
_PER = _words("per pro par por each je all alle of")
_MOMENTS = _words(
    """
    timestamp timestamps epoch unix unixtime posix ts datetime date dates created modified updated
    zeitstempel datum fecha day tag horodatage
    """
)
_DATES = _words(
    """
    date dates datum fecha datetime birthdate orderdate startdate enddate duedate yyyymmdd yymmdd
    ddmmyyyy mmddyyyy ddmmyy mmddyy dato дата 日期
    """
)
_MONTHS = _words("month months monat mois mes mese maand manad maned yyyymm yearmonth period periode zeit")
_CLOCKS = _words("uhrzeit clock hhmm klokkeslett klockslag")
_BOUNDARY = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])|[\W_]+")
_NAMELESS = re.compile(r"|column \d+|unnamed: \d+|\.\.\.\d+", re.IGNORECASE)


def tokens(name: str) -> list[str]:
    """Split a name into its words, in small letters without accents: ``CustomerID`` is customer, id."""
    name = unicodedata.normalize("NFKC", name).replace("№", "no ").replace("#", " # ")
    words = []
    for part in name.split():
        words += ["#"] if part == "#" else [_plain(word) for word in _BOUNDARY.split(part) if word]
    return words


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def is_nameless(name: str) -> bool:
    """Tell whether a name was made up because there was none, here or by whoever wrote the table."""
    return _NAMELESS.fullmatch(name.strip()) is not None


def says_id(name: str) -> bool:
    """Tell whether a name says that its column tells things apart: ``customer_id``, ``Kundennr``."""
    words = tokens(name)
    if not words:
        return False
    if _ALWAYS_ID & {words[0], words[-1]} or words[-1] == "nr":
        return True
    if set(words) <= _ID_ALONE | {"level", "0", "orig", "original"} and set(words) & _ID_ALONE:
        return True
    if len(words) > 1 and words[-1] in _ID_OF_SOMETHING and words[-2] in _THINGS:
        return True
    return _is_compound(words[-1])


def _is_compound(word: str) -> bool:
    """Tell whether one word is an id written together: ``customerid``, ``kundennr``, ``kundennummer``."""
    if word.endswith("nr"):
        return len(word) > 3
    return any(
        word.endswith(ending) and word.removesuffix(ending) in _THINGS
        for ending in ("id", "no", "number", "nummer")
    )


def says_code(name: str) -> str | None:
    """Tell what codes a name speaks of, if it does: ``ZIP``, ``Kunden-PLZ``, ``Mobile``."""
    words = tokens(name)
    if _PER & set(words):
        return None
    if words and (words[-1] in _POSTAL or tuple(words[-2:]) in _POSTAL_PAIRS):
        return "postal codes"
    return "telephone numbers" if _PHONES & set(words) else None


def says_year(name: str) -> tuple[bool, bool]:
    """Tell whether a name says "year", and whether it says nothing else: ``Year``; ``year built``."""
    words = tokens(name)
    alone = len(words) == 1 and words[0] in _YEARS
    among = bool(_YEARS & {*words[:1], *words[-1:]}) and not _PER & set(words)
    return alone or among, alone


def says_date(name: str) -> bool:
    """Tell whether a name says that its column holds days of the calendar: ``Rechnungsdatum``."""
    return any(word in _DATES or word.endswith("datum") for word in tokens(name))


def says_month(name: str) -> bool:
    """Tell whether a name says that its column holds months: ``Monat``, ``YearMonth``."""
    words = tokens(name)
    return not _PER & set(words) and (
        bool(_MONTHS & {*words[:1], *words[-1:]})
        or any(word.endswith(("monat", "zeitraum")) for word in words)
        or {"year", "month"} <= set(words)
    )


def says_clock(name: str) -> bool:
    """Tell whether a name says that its column holds times of day: ``Uhrzeit``, ``time of day``."""
    words = tokens(name)
    return bool(_CLOCKS & set(words)) or words[-3:] == ["time", "of", "day"]


def says_moment(name: str) -> bool:
    """Tell whether a name says that its column holds moments: ``timestamp``, ``created_at``."""
    words = tokens(name)
    return bool(_MOMENTS & set(words)) or words[-1:] == ["at"] or words == ["time"]
