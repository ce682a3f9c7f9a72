"""How files hold tables: text of many kinds, spreadsheets, arrays, and what they are packed in."""
