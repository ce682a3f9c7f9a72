"""Tables as people export them, ugly in the usual ways, and what anyone would read in them."""

import datetime
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from emscope import read_table
from emscope.errors import TableError


@dataclass(frozen=True)
class Case:
    """A file, the features in it to the bit, and words that must be said about the rest."""

    name: str
    file: str
    content: bytes
    features: dict[str, list[float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()


AMOUNTS = [-1234.56, 2500.0, -45.9, -12.0, -899.99, 310.25, -67.8, -1050.0, 19.95, -3.5]
BALANCES = [8765.44, 11265.44, 11219.54, 11207.54, 10307.55, 10617.8, 10550.0, 9500.0, 9519.95, 9516.45]
PRICES = [1234.5, 89.9, 12450.0, 7.25, 560.0, 2310.8, 45.0, 999.99, 18.6, 3300.4]
COUNTS = [12, 340, 5, 1280, 77, 41, 903, 16, 250, 64]
SHARES = [20.0, 5.5, 20.0, 5.5, 10.0, 20.0, 10.0, 5.5, 20.0, 10.0]
TEMPERATURES = [21.5, -3.2, 18.0, 7.75, -11.4, 0.5, 14.1, 9.9, -0.8, 25.3]
HUMIDITIES = [45.1, 80.2, 51.7, 66.0, 92.3, 71.4, 58.8, 63.5, 77.9, 40.6]
PLACES = ["Aarau", "Bern", "Chur", "Davos", "Egg", "Flims", "Genf", "Horw", "Ilanz", "Jona"]
PEOPLE = ["Ann", "Bob", "Cai", "Dee", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon"]


def spelled(value: float, decimals: int = 2, thousands: str = ",", mark: str = ".") -> str:
    """Spell a number with the marks of a country."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", "\0").replace(".", mark).replace("\0", thousands)


def german(value: float, decimals: int = 2) -> str:
    return spelled(value, decimals, ".", ",")


def indian(value: float) -> str:
    """Spell a number in lakhs: 12,34,567.00."""
    whole, cents = f"{value:.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + "." + cents


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


def day(number: int, style: str) -> str:
    """Spell a day in 2024, ten days apart."""
    return (datetime.date(2024, 1, 7) + datetime.timedelta(days=10 * number)).strftime(style)


def german_bank() -> bytes:
    rows = [
        f'"{day(i, "%d.%m.%Y")}";"{day(i, "%d.%m.%Y")}";"Müller & Söhne GmbH";"Rechnung {i};'
        f' Danke";"{german(AMOUNTS[i])}";"{german(BALANCES[i])}"'
        for i in range(10)
    ]
    return lines(
        '"Kontonummer:";"DE12 3456 7890 1234 5678 90 / Girokonto";',
        "",
        '"Von:";"01.01.2024";',
        '"Bis:";"30.04.2024";',
        '"Kontostand vom 30.04.2024:";"9.516,45 EUR";',
        "",
        '"Buchungstag";"Wertstellung";"Auftraggeber / Empfänger";"Verwendungszweck";'
        '"Betrag (EUR)";"Saldo (EUR)"',
        *rows,
        end="\r\n",
    ).encode("cp1252")


def french_sheet() -> bytes:
    rows = [
        f"Pièce n° {i};{spelled(COUNTS[i], 0, chr(0xA0), ',')};"
        f"{spelled(PRICES[i], 2, chr(0xA0), ',')} €;{spelled(SHARES[i], 1, '', ',')} %"
        for i in range(10)
    ]
    total = f"TOTAL;{spelled(sum(COUNTS), 0, chr(0xA0), ',')};{spelled(sum(PRICES), 2, chr(0xA0), ',')} €;"
    return lines("Désignation;Quantité;Prix unitaire HT;TVA", *rows, total, end="\r\n").encode("cp1252")


def swiss_invoices() -> bytes:
    codes = [5000, 3011, 7000, 7270, 8132, 7017, 1201, 6048, 7130, 8645]
    rows = [
        f"{PLACES[i]} AG;{codes[i]};{PLACES[i]};CHF {spelled(PRICES[i], 2, chr(0x2019))};{COUNTS[i]}"
        for i in range(10)
    ]
    return lines("Kunde;PLZ;Ort;Rechnungsbetrag;Tage offen", *rows, end="\r\n").encode("utf-8-sig")


def indian_bank() -> bytes:
    """A statement where each row has either a withdrawal or a deposit."""
    rows = [
        f"{day(i, '%d/%m/%y')},UPI/{4123456789 + i}/payment,"
        + (f'"{indian(-a)}",,' if a < 0 else f',"{indian(a)}",')
        + f'"{indian(BALANCES[i] * 100)}"'
        for i, a in enumerate(AMOUNTS)
    ]
    return lines("Date,Narration,Withdrawal Amt.,Deposit Amt.,Closing Balance", *rows).encode()


def indian_sales() -> bytes:
    rows = [
        f"{day(i, '%d-%b-%y')},{PEOPLE[i]},+91 98{i}65 43{i}10,{560001 + 17 * i},"
        f'"₹{indian(PRICES[i] * 1000)}",{COUNTS[i]} nos'
        for i in range(10)
    ]
    return lines("Order Date,Dealer,Mobile,PIN Code,Order Value,Qty", *rows).encode()


def brazilian_unicode_text() -> bytes:
    rows = [
        f"{PEOPLE[i]}\t{100 + i}.456.78{i}-0{i}\t0{1310 + i}-{100 + i}\t"
        + ("-" if a < 0 else "")
        + f"R$ {german(abs(a))}\t{german(SHARES[i], 1)}%"
        for i, a in enumerate(AMOUNTS)
    ]
    return lines("Cliente\tCPF\tCEP\tValor\tDesconto", *rows, end="\r\n").encode("utf-16")


def swedish_weather() -> bytes:
    minus = chr(0x2212)
    rows = [
        f"{day(i, '%Y-%m-%d')};{PLACES[i]};{spelled(t, 2, '', ',').replace('-', minus)};"
        f"{spelled(PRICES[i], 1, ' ', ',')};{'Ja' if i % 2 else 'Nej'}"
        for i, t in enumerate(TEMPERATURES)
    ]
    return lines("Datum;Station;Temp (°C);Nederbörd (mm);Snö", *rows).encode()


def american_bank() -> bytes:
    rows = [
        f'{day(i, "%m/%d/%Y")},{"1042" if i == 3 else ""},"ACH DEBIT, {PEOPLE[i].upper()}",'
        + (f'"(${-a:,.2f})"' if a < 0 else f'"${a:,.2f}"')
        + f',"${BALANCES[i]:,.2f}"'
        for i, a in enumerate(AMOUNTS)
    ]
    return lines("Posting Date,Check Number,Description,Amount,Balance", *rows, end="\r\n").encode()


def form_answers() -> bytes:
    agree = ["Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Agree"]
    hours = ["8", "7.5", "Prefer not to say", "6", "9", "7", "8", "Prefer not to say", "5.5", "6.5"]
    rows = [
        f"{day(i, '%m/%d/%Y')} 14:0{i}:11,{agree[i % 5]},{1 + i * 3 % 5},{hours[i]},"
        f'"Email, Phone",{["18-24", "25-34", "35-44"][i % 3]}'
        for i in range(10)
    ]
    return lines(
        'Timestamp,"The staff was friendly, and helped me","How likely are you to come back? (1 = not'
        ' at all, 5 = very)",How many hours do you sleep?,How may we contact you?,Age group',
        *rows,
    ).encode()


def survey_with_two_headers() -> bytes:
    rows = [
        f"{11870012345 + 7919 * i * i},{day(i, '%m/%d/%Y')},{1 + i * 3 % 5},{1 + i * 7 % 4},{20 + i * i}"
        for i in range(10)
    ]
    return lines(
        "Respondent ID,Start Date,How satisfied are you with,,How old are you?",
        ",,Price,Quality,Open-Ended Response",
        *rows,
    ).encode()


def survey_with_question_row() -> bytes:
    rows = [
        f"{day(i, '%Y-%m-%d')} 09:1{i}:00,IP Address,100,R_{i}aZ{i * 37}qX,{1 + i * 3 % 7},{TEMPERATURES[i]},"
        f'"{["Male", "Female", "Prefer not to say"][i % 3]}"'
        for i in range(10)
    ]
    return lines(
        "StartDate,Status,Progress,ResponseId,Q1_1,Q2,Q3",
        'Start Date,Response Type,Progress,Response ID,"How do you feel about\n\nyour work? - Today",'
        '"How cold was it, in °C?",What is your gender?',
        '"{""ImportId"":""startDate""}","{""ImportId"":""status""}","{""ImportId"":""progress""}",'
        '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1_1""}","{""ImportId"":""QID2""}",'
        '"{""ImportId"":""QID3""}"',
        *rows,
    ).encode()


def station_logger() -> bytes:
    rows = [
        f'"{day(i, "%Y-%m-%d")} 00:10:00",{17 + i},{12 + i * i / 64},'
        f"{TEMPERATURES[i]},{'NAN' if i == 4 else HUMIDITIES[i]}"
        for i in range(10)
    ]
    return lines(
        '"TOA5","Ridge","CR1000","12345","CR1000.Std.32","CPU:ridge.CR1","4412","Table10"',
        '"TIMESTAMP","RECORD","BattV_Min","AirTC_Avg","RH"',
        '"TS","RN","Volts","Deg C","%"',
        '"","","Min","Avg","Smp"',
        *rows,
        end="\r\n",
    ).encode()


def plot_logger() -> bytes:
    rows = [
        f"{i + 1},{day(i, '%m/%d/%y')} 0{i}:30:00 AM,{TEMPERATURES[i]:.3f},{HUMIDITIES[i]:.3f},,"
        for i in range(10)
    ]
    return lines(
        '"Plot Title: 10234567"',
        '"#","Date Time, GMT-05:00","Temp, °C (LGR S/N: 10234567)","RH, % (LGR S/N: 10234567)",'
        '"Host Connected (LGR S/N: 10234567)","End Of File (LGR S/N: 10234567)"',
        *rows,
        "11,04/20/24 10:30:00 AM,,,Logged,Logged",
        end="\r\n",
    ).encode("utf-8-sig")


def plate_reader() -> bytes:
    concentrations = ["12.5", "<0.05", "48.1", "7.7", "OVRFLW", "15.25", "3.9", "22.0", "<0.05", "9.1"]
    rows = [
        f"{'AB'[i // 5]}{i % 5 + 1}\tSample {i + 1}\t{SHARES[i] / 16:.5f}\t{concentrations[i]}"
        for i in range(10)
    ]
    return lines(
        "Software Version\t3.08.01",
        "",
        "Plate Number\tPlate 1",
        "Date\t3/14/2024",
        "Reading Type\tReader",
        "",
        "Well\tName\tOD600\tConc. (ng/µL)",
        *rows,
        "",
        "End of report",
        end="\r\n",
    ).encode("latin-1")


def web_analytics() -> bytes:
    rows = [
        f'/page/{PLACES[i].lower()},"{COUNTS[i] * 11:,}",00:0{i % 6}:{10 + i},'
        f"{HUMIDITIES[i]:.2f}%,${PRICES[i] / 8:.2f}"
        for i in range(10)
    ]
    return lines(
        "# ----------------------------------------",
        "# All Web Site Data",
        "# Pages",
        "# 20240101-20240131",
        "# ----------------------------------------",
        "",
        "Page,Pageviews,Avg. Time on Page,Bounce Rate,Page Value",
        *rows,
        f',"{sum(COUNTS) * 11:,}",00:02:31,64.75%,$262.71',
        "",
        "Day Index,Pageviews",
        '1/1/24,"1,204"',
        "1/2/24,987",
        '1/3/24,"2,310"',
        "",
    ).encode()


def psql_output() -> bytes:
    rows = [
        f" {i + 1:>2} | {PLACES[i]:<6} | {PRICES[i]:>8} | {day(i, '%Y-%m-%d')} | {'ft'[i % 2]}"
        for i in range(10)
    ]
    return lines(
        " id |  city  |  price   | opened     | open",
        "----+--------+----------+------------+------",
        *rows,
        "(10 rows)",
        "",
    ).encode()


def mysql_output() -> bytes:
    bar = "+----+--------+----------+-------+"
    rows = [
        f"| {i + 1:>2} | {PLACES[i]:<6} | {PRICES[i]:>8} | {'NULL' if i == 2 else COUNTS[i]:>5} |"
        for i in range(10)
    ]
    return lines(
        bar, "| id | city   | price    | sales |", bar, *rows, bar, "10 rows in set (0.00 sec)", ""
    ).encode()


def r_write_table() -> bytes:
    rows = [
        f'"{PLACES[i]} {i}" {TEMPERATURES[i]} {"NA" if i == 6 else COUNTS[i]} "{"ab"[i % 2]}"'
        for i in range(10)
    ]
    return lines('"mpg" "hp" "group"', *rows).encode()


def r_write_csv() -> bytes:
    rows = [
        f'"{i + 1}",{TEMPERATURES[i]},{COUNTS[i]},{"TRUE" if i % 3 else "FALSE"},"{PEOPLE[i]}"'
        for i in range(10)
    ]
    return lines('"","temp","n","treated","name"', *rows).encode()


def statistics_package() -> bytes:
    ages = [34, 51, 999, 28, 45, 62, 999, 39, 57, 23]
    rows = [f"{1001 + i},{ages[i]},{1 + i * 3 % 5},{COUNTS[i] * 100},{1 + i % 2}" for i in range(10)]
    return lines("caseid,age,trust,income,sex", *rows, end="\r\n").encode()


def pandas_two_level_columns() -> bytes:
    frame = pd.DataFrame(
        {("price", "mean"): PRICES, ("price", "std"): HUMIDITIES, ("volume", "mean"): TEMPERATURES},
        index=pd.Index(PLACES, name="ticker"),
    )
    return frame.to_csv().encode()


def pandas_parquet() -> bytes:
    index = pd.MultiIndex.from_arrays([PLACES, [2011 + i for i in range(10)]], names=["city", "year"])
    frame = pd.DataFrame(
        {"temp": TEMPERATURES, "rain": pd.array([*COUNTS[:9], None], dtype="Int64")}, index=index
    )
    held = io.BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


def workbook(
    rows: list[list[Any]], merged: tuple[str, ...] = (), formats: dict[str, str] | None = None
) -> bytes:
    """Build an .xlsx of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    for column, style in (formats or {}).items():
        for cell in book.active[column]:
            cell.number_format = style
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def merged_index_sheet() -> bytes:
    rows: list[list[Any]] = [["Region", "Quarter", "Sales", "Margin"]]
    rows += [
        [
            ["North", None, "East", None, "South", None, "West", None, "Mid", None][i],
            f"Q{i % 2 + 1}",
            c,
            s / 100,
        ]
        for i, (c, s) in enumerate(zip(COUNTS, SHARES, strict=True))
    ]
    merged = tuple(f"A{2 + 2 * i}:A{3 + 2 * i}" for i in range(5))
    return workbook(rows, merged, {"D": "0.0%"})


def titled_sheet_with_merged_header() -> bytes:
    """A title, two header lines with merged cells, and a note below."""
    rows: list[list[Any]] = [
        ["Annual report of the society 2024"],
        [],
        ["Branch", "Members", None, "Opened"],
        [None, "Adults", "Children", None],
    ]
    rows += [[PLACES[i], COUNTS[i], int(PRICES[i]), datetime.datetime(1990 + i, 3, 1 + i)] for i in range(10)]
    rows += [[], ["Source: own count; figures as of December."]]
    return workbook(rows, ("A1:D1", "A3:A4", "B3:C3", "D3:D4"))


def pivot_sheet() -> bytes:
    """A pivot table with subtotals and a grand total."""
    rows: list[list[Any]] = [["Sum of Sales", "Column Labels"], ["Row Labels", "Q1", "Q2", "Grand Total"]]
    for region in (0, 5):
        part = range(region, region + 5)
        rows += [[PLACES[i], COUNTS[i], PRICES[i], COUNTS[i] + PRICES[i]] for i in part]
        sums = [sum(COUNTS[i] for i in part), sum(PRICES[i] for i in part)]
        rows += [[f"{'North' if region == 0 else 'South'} Total", *sums, sum(sums)]]
    sums = [sum(COUNTS), sum(PRICES)]
    return workbook([*rows, ["Grand Total", *sums, sum(sums)]])


def fixed_width() -> bytes:
    rows = [
        f"{'San ' + PLACES[i]:<16}{'' if i == 7 else TEMPERATURES[i]:>6}{COUNTS[i]:>8}"
        f"{day(i, '%d-%b-%Y'):>13}"
        for i in range(10)
    ]
    return lines(
        f"{'Station':<16}{'Temp':>6}{'Visits':>8}{'Last seen':>13}",
        f"{'-' * 15} {'-' * 6} {'-' * 7} {'-' * 12}",
        *rows,
    ).encode()


def fixed_width_without_rule() -> bytes:
    rows = fixed_width().decode().splitlines()
    return lines(rows[0], *rows[2:]).encode()


def open_document() -> bytes:
    """An .ods as office suites write it: repeated cells, percentages, dates and a far empty row."""

    def text(word: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{word}</text:p></table:table-cell>'

    def number(value: float, kind: str = "float", shown: str = "") -> str:
        return (
            f'<table:table-cell office:value-type="{kind}" office:value="{value!r}">'
            f"<text:p>{shown or value}</text:p></table:table-cell>"
        )

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    filler = '<table:table-cell table:number-columns-repeated="1020"/>'
    body = [row(text("Ort"), text("Preis"), text("Anteil"), text("Datum"), filler)]
    body += [
        row(
            text(PLACES[i]),
            number(PRICES[i], "currency", german(PRICES[i]) + " €"),
            number(HUMIDITIES[i] / 128, "percentage", german(HUMIDITIES[i] / 1.28) + " %"),
            f'<table:table-cell office:value-type="date" office:date-value="{day(i, "%Y-%m-%d")}">'
            f"<text:p>{day(i, '%d.%m.%y')}</text:p></table:table-cell>",
            filler,
        )
        for i in range(10)
    ]
    body += [
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        ' table:number-columns-repeated="1024"/></table:table-row>'
    ]
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Tabelle1">{"".join(body)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/"'
        ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content)
        parts.writestr("META-INF/manifest.xml", manifest)
    return held.getvalue()


def mac_zip() -> bytes:
    """A file with carriage returns alone, zipped on a Mac beside its resource fork."""
    rows = [f"{PEOPLE[i]};{german(PRICES[i])};{COUNTS[i]}" for i in range(10)]
    text = lines("Käufer;Umsatz;Stück", *rows, end="\r")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as parts:
        parts.writestr("Export/Umsätze.csv", text.encode("mac-roman"))
        parts.writestr("__MACOSX/Export/._Umsätze.csv", b"\0\5\26\7\0\2\0\0Mac OS X")
        parts.writestr("Export/.DS_Store", b"\0\0\0\1Bud1")
    return held.getvalue()


def club_members() -> bytes:
    rows = [
        f"{PEOPLE[i]},{day(i, '%b %d %Y')},{'x' if i % 3 else ''},{'Yes' if i % 2 else 'No'},"
        f"{'Y' if i % 4 == 0 else ''},{20 + i * i},{SHARES[i] * 4:g}"
        for i in range(10)
    ]
    return lines("Name,Member since,Newsletter,Volunteer,Board,Age,Dues paid", *rows).encode()


def gene_expression() -> bytes:
    genes = ["TP53", "BRCA1", "MARCH1", "1-Sep", "ACTB", "NA", "IL6", "MYC", "EGFR", "TRUE"]
    rows = [
        f"{genes[i]}\tgene {i}, human\t{PRICES[i]}\t{COUNTS[i]}\t{HUMIDITIES[i]}\t{HUMIDITIES[9 - i]}"
        for i in range(10)
    ]
    return lines("#1.2", "10\t4", "Name\tDescription\tS1\tS2\tS3\tS4", *rows).encode()


def shipping_list() -> bytes:
    rows = [
        f"{PEOPLE[i]},(212) 555-01{10 + 7 * i},0{2134 + 31 * i},{HUMIDITIES[i]} lbs,"
        f'10x{12 + i}x8,"{COUNTS[i]:,} mi"'
        for i in range(10)
    ]
    return lines("Customer,Phone,ZIP,Weight,Dimensions,Distance", *rows).encode()


def repeated_headers() -> bytes:
    rows = [f"{PEOPLE[i]},{COUNTS[i]},{TEMPERATURES[i]},{HUMIDITIES[i]},," for i in range(10)]
    return lines("Student,Score,Score,Score,,", *rows, ",,,,,", ",,,,,", end="\r\n").encode()


def sensor_dump() -> bytes:
    rows = [
        f"{1704067200000 + 60000 * i}\t{TEMPERATURES[i]}\t{-9999 if i == 5 else HUMIDITIES[i]}\t"
        f"{PRICES[i]:.4e}"
        for i in range(10)
    ]
    return lines("% node 7, firmware 2.1", "% t[ms] T[C] RH[%] lux", *rows).encode()


def ledger_print() -> bytes:
    """A list as accounting systems print it: bars, signs behind, subtotals with stars."""
    bar = "-" * 50
    rows = [
        f"|{4711 * (i + 3):>10}|{PLACES[i]:<10}|{german(abs(a)) + ('-' if a < 0 else ' '):>14}|EUR  |"
        for i, a in enumerate(AMOUNTS)
    ]
    return lines(
        "30.04.2024                Einzelposten                1",
        "",
        bar,
        f"|{'Belegnr':<10}|{'Ort':<10}|{'Betrag':>14}|Währg|",
        bar,
        *rows,
        bar,
        f"|* {'':<8}|{'':<10}|{german(abs(sum(AMOUNTS))) + '-':>14}|EUR  |",
        bar,
        end="\r\n",
    ).encode("cp1252")


def without(values: list[Any], *rows: int) -> list[float]:
    """Leave rows out of a column."""
    return [value for i, value in enumerate(values) if i not in rows]


CASES = [
    Case(
        "a German bank statement",
        "Umsatzanzeige.csv",
        german_bank(),
        {"Betrag (EUR)": AMOUNTS, "Saldo (EUR)": BALANCES},
        {"Buchungstag": "date", "Wertstellung": "date", "Verwendungszweck": "text"},
        ("line",),
    ),
    Case(
        "a French sheet with a total",
        "devis.csv",
        french_sheet(),
        {"Quantité": COUNTS, "Prix unitaire HT": PRICES, "TVA": SHARES},
        {"Désignation": ""},
        ("TOTAL", "footer="),
    ),
    Case(
        "Swiss invoices",
        "rechnungen.csv",
        swiss_invoices(),
        {"Rechnungsbetrag": PRICES, "Tage offen": COUNTS},
        {"Kunde": "", "PLZ": "code", "Ort": "text"},
    ),
    Case(
        "an Indian bank statement, in and out in two columns",
        "statement.csv",
        indian_bank(),
        asks=("Deposit Amt.", "exclude="),
    ),
    Case(
        "the same with the two columns left out",
        "statement.csv",
        indian_bank(),
        {"Closing Balance": [float(f"{b * 100:.2f}") for b in BALANCES]},
        {"Date": "date", "Narration": "text"},
        options={"exclude": ["Withdrawal Amt.", "Deposit Amt."]},
    ),
    Case(
        "Indian sales in lakhs",
        "sales.csv",
        indian_sales(),
        {"Order Value": [float(f"{p * 1000:.2f}") for p in PRICES], "Qty": COUNTS},
        {"Order Date": "date", "Mobile": "", "PIN Code": ""},
        ("nos",),
    ),
    Case(
        "Brazilian Unicode text",
        "clientes.txt",
        brazilian_unicode_text(),
        {"Valor": AMOUNTS, "Desconto": SHARES},
        {"Cliente": "", "CPF": "", "CEP": ""},
    ),
    Case(
        "Swedish weather",
        "väder.csv",
        swedish_weather(),
        {"Temp (°C)": TEMPERATURES, "Nederbörd (mm)": [float(f"{p:.1f}") for p in PRICES]},
        {"Datum": "date", "Station": "", "Snö": ""},
    ),
    Case(
        "an American bank statement",
        "export.csv",
        american_bank(),
        {"Amount": AMOUNTS, "Balance": BALANCES},
        {"Posting Date": "date", "Check Number": "", "Description": "text"},
    ),
    Case(
        "answers to a form",
        "responses.csv",
        form_answers(),
        {
            "How likely are you to come back? (1 = not at all, 5 = very)": without(
                [1 + i * 3 % 5 for i in range(10)], 2, 7
            ),
            "How many hours do you sleep?": [8, 7.5, 6, 9, 7, 8, 5.5, 6.5],
        },
        {"Timestamp": "date", "The staff was friendly, and helped me": "text", "Age group": ""},
        ("Prefer not to say",),
    ),
    Case(
        "a survey with two header lines",
        "survey.csv",
        survey_with_two_headers(),
        {
            "How satisfied are you with Price": [1 + i * 3 % 5 for i in range(10)],
            "How satisfied are you with Quality": [1 + i * 7 % 4 for i in range(10)],
            "How old are you? Open-Ended Response": [20 + i * i for i in range(10)],
        },
        {"Respondent ID": "", "Start Date": "date"},
    ),
    Case(
        "a survey with its questions below the names",
        "qualtrics.csv",
        survey_with_question_row(),
        {"Q1_1": [1 + i * 3 % 7 for i in range(10)], "Q2": TEMPERATURES},
        {"StartDate": "date", "Progress": "100", "ResponseId": "", "Q3": "text"},
    ),
    Case(
        "a weather station's logger",
        "CR1000_Table10.dat",
        station_logger(),
        {
            "BattV_Min": without([12 + i * i / 64 for i in range(10)], 4),
            "AirTC_Avg": without(TEMPERATURES, 4),
            "RH": without(HUMIDITIES, 4),
        },
        {"TIMESTAMP": "date", "RECORD": ""},
    ),
    Case(
        "a logger with a plot title",
        "10234567.csv",
        plot_logger(),
        {"Temp, °C (LGR S/N: 10234567)": TEMPERATURES, "RH, % (LGR S/N: 10234567)": HUMIDITIES},
        {"#": "", "Date Time, GMT-05:00": "date", "Host Connected (LGR S/N: 10234567)": ""},
    ),
    Case(
        "a plate reader",
        "plate1.txt",
        plate_reader(),
        {
            "OD600": [float(f"{s / 16:.5f}") for s in SHARES],
        },
        {"Well": "", "Name": "", "Conc. (ng/µL)": "na_values="},
        ("<0.05", "OVRFLW"),
    ),
    Case(
        "web analytics with a second table below",
        "Analytics.csv",
        web_analytics(),
        {
            "Pageviews": [c * 11 for c in COUNTS],
            "Bounce Rate": HUMIDITIES,
            "Page Value": [float(f"{p / 8:.2f}") for p in PRICES],
        },
        {"Page": "", "Avg. Time on Page": "time"},
        ("Day Index",),
    ),
    Case(
        "psql",
        "out.txt",
        psql_output(),
        {"price": PRICES},
        {"id": "", "city": "", "opened": "date", "open": ""},
    ),
    Case(
        "mysql -t",
        "out.txt",
        mysql_output(),
        {"price": without(PRICES, 2), "sales": without(COUNTS, 2)},
        {"id": "", "city": ""},
    ),
    Case(
        "R's write.table",
        "cars.txt",
        r_write_table(),
        {"mpg": without(TEMPERATURES, 6), "hp": without(COUNTS, 6)},
        {"group": ""},
    ),
    Case(
        "R's write.csv",
        "data.csv",
        r_write_csv(),
        {"temp": TEMPERATURES, "n": COUNTS, "treated": [float(i % 3 > 0) for i in range(10)]},
        {"column 1": "numbers the rows", "name": ""},
        ("'treated' is kept as 0 and 1",),
    ),
    Case(
        "a statistics package's codes",
        "wave3.csv",
        statistics_package(),
        {
            "age": [34, 51, 999, 28, 45, 62, 999, 39, 57, 23],
            "trust": [1 + i * 3 % 5 for i in range(10)],
            "income": [c * 100 for c in COUNTS],
            "sex": [1 + i % 2 for i in range(10)],
        },
        {"caseid": ""},
        ("999", "na_values"),
    ),
    Case(
        "the same with the code named",
        "wave3.csv",
        statistics_package(),
        {
            "age": [34, 51, 28, 45, 62, 39, 57, 23],
            "trust": without([1 + i * 3 % 5 for i in range(10)], 2, 6),
            "income": without([c * 100 for c in COUNTS], 2, 6),
            "sex": without([1 + i % 2 for i in range(10)], 2, 6),
        },
        {"caseid": ""},
        options={"na_values": ["999"]},
    ),
    Case(
        "pandas with two levels of columns",
        "stats.csv",
        pandas_two_level_columns(),
        {"price mean": PRICES, "price std": HUMIDITIES, "volume mean": TEMPERATURES},
    ),
    Case(
        "pandas' parquet with an index of two levels",
        "frame.parquet",
        pandas_parquet(),
        {"temp": TEMPERATURES[:9], "rain": COUNTS[:9]},
        {"city": "", "year": ""},
    ),
    Case(
        "a sheet with a merged index",
        "sales.xlsx",
        merged_index_sheet(),
        {"Sales": COUNTS, "Margin": [s / 100 for s in SHARES]},
        {"Region": "text", "Quarter": "text"},
    ),
    Case(
        "a titled sheet with a merged header",
        "report.xlsx",
        titled_sheet_with_merged_header(),
        {"Members Adults": COUNTS, "Members Children": [int(p) for p in PRICES]},
        {"Branch": "", "Opened": "date"},
    ),
    Case(
        "a pivot table",
        "pivot.xlsx",
        pivot_sheet(),
        {"Q1": COUNTS, "Q2": PRICES, "Grand Total": [c + p for c, p in zip(COUNTS, PRICES, strict=True)]},
        {"Row Labels": ""},
        ("North Total", "footer=0"),
    ),
    Case(
        "fixed width",
        "stations.txt",
        fixed_width(),
        {"Temp": without(TEMPERATURES, 7), "Visits": without(COUNTS, 7)},
        {"Station": "", "Last seen": "date"},
    ),
    Case(
        "fixed width without a line under the names",
        "stations.txt",
        fixed_width_without_rule(),
        {"Temp": without(TEMPERATURES, 7), "Visits": without(COUNTS, 7)},
        {"Station": "", "Last seen": "date"},
        ("fixed width", "separator=' '"),
    ),
    Case(
        "an .ods",
        "tabelle.ods",
        open_document(),
        {"Preis": PRICES, "Anteil": [h / 128 for h in HUMIDITIES]},
        {"Ort": "", "Datum": "date"},
    ),
    Case(
        "a zip from a Mac",
        "Archiv.zip",
        mac_zip(),
        {"Umsatz": PRICES, "Stück": COUNTS},
        {"Käufer": ""},
    ),
    Case(
        "a club's members",
        "members.csv",
        club_members(),
        {"Age": [20 + i * i for i in range(10)], "Dues paid": [s * 4 for s in SHARES]},
        {"Member since": "date", "Newsletter": "", "Volunteer": "", "Board": ""},
    ),
    Case(
        "gene expression",
        "expr.gct",
        gene_expression(),
        {"S1": PRICES, "S2": COUNTS, "S3": HUMIDITIES, "S4": HUMIDITIES[::-1]},
        {"Name": "", "Description": ""},
    ),
    Case(
        "a shipping list with units in its cells",
        "orders.csv",
        shipping_list(),
        {"Weight": HUMIDITIES, "Distance": COUNTS},
        {"Phone": "", "ZIP": "", "Dimensions": ""},
        ("lbs", "mi"),
    ),
    Case(
        "repeated headers",
        "grades.csv",
        repeated_headers(),
        {"Score": COUNTS, "Score (2)": TEMPERATURES, "Score (3)": HUMIDITIES},
        {"Student": ""},
        ("Score",),
    ),
    Case(
        "a sensor dump without a header",
        "node7.log",
        sensor_dump(),
        {
            "x2": without(TEMPERATURES, 5),
            "x3": without(HUMIDITIES, 5),
            "x4": without(PRICES, 5),
        },
        {"x1": "1970"},
        ("header=True",),
        {"na_values": ["-9999"]},
    ),
    Case(
        "an accounting system's print",
        "liste.txt",
        ledger_print(),
        {"Betrag": AMOUNTS},
        {"Belegnr": "", "Ort": "", "Währg": "EUR"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ordinary_table(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.content)
    if case.asks:
        with pytest.raises(TableError, match="statement") as caught:
            read_table(path, **case.options)
        assert all(word in str(caught.value) for word in case.asks), str(caught.value)
        return
    table = read_table(path, **case.options)
    assert list(table.feature_names) == list(case.features)
    for name, column in zip(table.feature_names, table.values.T, strict=True):
        assert column.tolist() == [float(value) for value in case.features[name]], name
    reasons = {left.name: left.reason for left in table.columns_left_out}
    for name, word in case.left_out.items():
        assert name in reasons or name == table.id_column, name
        assert word in reasons.get(name, word), (name, reasons[name])
    said = " ".join([*table.notes, *map(str, table.rows_left_out), *reasons.values()])
    assert all(word in said for word in case.says), (case.says, said)


def test_every_file_is_another() -> None:
    assert len({case.content for case in CASES}) >= 30


def matrix_of(tmp_path: Path, text: str, **options: Any) -> list[list[float]]:
    path = tmp_path / "t.csv"
    path.write_text(text)
    matrix: list[list[float]] = read_table(path, **options).matrix.tolist()
    return matrix


def test_what_was_left_out_comes_back_by_the_option_that_is_named(tmp_path: Path) -> None:
    parts = "who,x,y\na,1,7\nb,2,9\nNorth total,3,16\nc,5,4\nd,1,8\nSouth total,6,12\ne,8,2\n"
    without_totals = [[1, 7], [2, 9], [5, 4], [1, 8], [8, 2]]
    assert matrix_of(tmp_path, parts) == without_totals
    assert matrix_of(tmp_path, parts, columns=["x", "y"]) == without_totals
    assert matrix_of(tmp_path, parts, strict=True) == without_totals
    assert len(matrix_of(tmp_path, parts, footer=0)) == 7
    codes = "zip,x\n8001,1\n3011,2\n8001,4\n"
    assert matrix_of(tmp_path, codes) == [[1], [2], [4]]
    assert matrix_of(tmp_path, codes, columns=["zip", "x"]) == [[8001, 1], [3011, 2], [8001, 4]]
    levels = "x,y\nlow,high\n1,2\n3,5\n" + "2,4\n" * 20
    assert len(matrix_of(tmp_path, levels)) == 22
    assert "'low' (1)" in " ".join(read_table(tmp_path / "t.csv", skip=0).notes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("who,x,y\na,1,7\nTotal Oil,4,9\nb,2,9\nc,5,5\n", id="a name that begins with total"),
        pytest.param("who,x,y\na,1,7\n,1,3\nb,2,9\nc,5,4\nd,1,8\n", id="a name is missing"),
        pytest.param("zip visits,x\n8001,1\n3011,2\n8002,4\n", id="a count of something about codes"),
        pytest.param("mobile,x\n12000,1\n8011,2\n9002,4\n", id="visits by telephone"),
    ],
)
def test_what_only_looks_like_a_total_or_a_code_stays(tmp_path: Path, text: str) -> None:
    assert [len(row) for row in matrix_of(tmp_path, text)] == [2] * (text.count("\n") - 1)


@pytest.mark.parametrize("code", ["999", "-9999", "99"])
def test_a_number_far_from_all_others_is_asked_about(tmp_path: Path, code: str) -> None:
    text = f"x,y\n1,5\n4,{code}\n3,2\n2,7\n"
    assert len(matrix_of(tmp_path, text)) == 4
    assert f"na_values='{code}'" in " ".join(read_table(tmp_path / "t.csv").notes)
    assert matrix_of(tmp_path, text, na_values=[code]) == [[1, 5], [3, 2], [2, 7]]


def test_a_number_such_as_99_among_others_is_not_asked_about(tmp_path: Path) -> None:
    matrix_of(tmp_path, "x,y\n1,50\n4,99\n3,88\n2,70\n")
    assert not [note for note in read_table(tmp_path / "t.csv").notes if "na_values" in note]
