"""Tables of a document that a script makes, each between two marks of its own."""

import sys


def table(head, rows, words=1):
    """In Markdown; columns after the first `words` are figures."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * words + "---:|" * (len(head) - words)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def keep(document, tables):
    """Prints them; with --check says whether `document` has these very tables, with --write puts them there."""
    text, same = document.read_text(), True
    for name, body in tables.items():
        begin, end = f"<!-- table: {name} -->\n", "\n<!-- end -->"
        before, found, rest = text.partition(begin)
        old, ended, after = rest.partition(end)
        if not found or not ended:
            sys.exit(f"{document}: no place for the table `{name}`")
        if "--write" in sys.argv:
            text = f"{before}{begin}\n{body}\n{end}{after}"
        elif "--check" in sys.argv and old.strip() != body:
            print(f"{document}: the table `{name}` is another: `{sys.argv[0]} --write`")
            same = False
        if "--check" not in sys.argv:
            print(body, end="\n\n")
    if "--write" in sys.argv:
        document.write_text(text)
    return same
