"""Words that tables of many countries hold beside their numbers: units, totals, codes of currencies."""

from __future__ import annotations

_TOTALS = (
    "total totals sum sums subtotal sub-total average mean median summe gesamt gesamtsumme insgesamt "
    "zusammen mittelwert durchschnitt totale totales somme moyenne ensemble suma promedio media totaal "
    "som gemiddelde ø razem soma итого всего celkem yhteensä totalt toplam összesen 合计 合計 总计 総計"
)
TOTALS = frozenset(_TOTALS.split()) | {"grand total", "overall total", "total général", "общий итог"}
"""What the first cell of a row of totals says."""

_SUMMARIES = (
    "min max minimum maximum mean median average avg std sd stdev stddev variance n count sum ø σ ∑ "
    "mittelwert mittel anzahl varianz standardabweichung moyenne médiane écart-type nombre media mediana "
    "promedio mínimo máximo minimo massimo medel gemiddelde"
)
SUMMARIES = frozenset(_SUMMARIES.split()) | {"std. dev", "std dev", "standard deviation", "std. error"}
"""What the first cells of rows say that describe a column, where two or more stand together."""


_UNITS = (
    "m cm mm km nm µm μm um in inch inches ft yd mi mile miles m2 cm2 mm2 km2 m² cm² mm² km² ha l dl ml "
    "cl µl m3 cm3 m³ cm³ g kg mg µg μg ug t lb lbs oz s sec secs ms µs us min h hr hrs hours d days day "
    "wk weeks months yr yrs years k °c °f c f degc degf deg ° rad hz khz mhz ghz n kn pa hpa kpa mpa bar "
    "mbar psi atm j kj kcal cal kwh wh mwh w kw mw v mv kv a ma µa ohm ω mol mmol µmol mm/s m/s m/s² m/s2 "
    "km/h mph kph rpm g/l mg/l mg/dl mmol/l g/cm³ kg/m³ kg/m2 kg/m² ppm ppb % percent prozent pct ‰ db "
    "dbm lux lx cd lm eur usd gbp chf € $ £ stk stück pcs count counts no. nr # px bp bpm score index au "
    "a.u. points unitless none"
)
_TYPES = (
    "text string str chr num int integer float double factor date datetime "
    "boolean bool continuous discrete meta class varchar real bigint decimal numeric"
)
MEASURES = frozenset(_UNITS.split())
"""Units of quantities."""
UNITS = MEASURES | frozenset(_TYPES.split())
"""What may stand alone in a row of units, or of types, under the header."""

_AFTER_NUMBERS = (
    "st nd rd th am pm a.m. p.m. jan feb mar apr may jun jul aug sep oct nov dec january february march "
    "april june july august september october november december uhr"
)
NO_UNITS = tuple(_AFTER_NUMBERS.split())
"""What stands after a number that is no quantity: an ordinal, a time of day, a date."""

CURRENCIES = (
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|MXN|MYR|NGN|NOK|"
    "NZD|PEN|PHP|PKR|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR|[Ee]uros?|[Kk]r[.]?|zł|Kč|Ft|"
    "Fr[.]?|SFr[.]?|Rs[.]?|лв[.]?|руб[.]?|(?:[A-Z]{1,3})?[$¢£¤¥৳฿₠-₿＄￠￡￥￦﷼]|[$¢£¤¥৳฿₠-₿][A-Z]{1,3}"
)
"""A pattern of signs and codes of currencies."""

SAME_MONEY = {
    "eur": "€",
    "euro": "€",
    "euros": "€",
    "usd": "$",
    "us$": "$",
    "gbp": "£",
    "fr": "CHF",
    "fr.": "CHF",
    "sfr": "CHF",
    "sfr.": "CHF",
    "kr.": "kr",
    "kr": "kr",
}
"""Codes and abbreviations of currencies, and the sign that means the same."""
