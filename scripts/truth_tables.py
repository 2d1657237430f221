"""`truth_tables.py PRINTED PAGE`: puts the tables that the truth tests printed between the marks of a page."""

import pathlib
import re
import sys

printed, page = (pathlib.Path(argument) for argument in sys.argv[1:])
tables = {}
name = None
for line in printed.read_text().splitlines():
    # The test harness prints the name of a test on the line that its output begins on.
    if found := re.search(r"table (\w+)$", line):
        name = found[1]
        tables[name] = []
    elif name and line.startswith("|"):
        tables[name].append(line)
text = page.read_text()
for name, rows in tables.items():
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    if begin not in text or end not in text:
        sys.exit(f"{page}: no marks for `{name}`")
    before, rest = text.split(begin, 1)
    text = before + begin + "\n" + "\n".join(rows) + "\n\n" + end + rest.split(end, 1)[1]
page.write_text(text)
