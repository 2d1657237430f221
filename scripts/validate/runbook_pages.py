"""Reads pages as Markdown, says what is wrong with them, and writes each block of commands into a file of its own.

usage: runbook_pages.py BLOCKS DIRECTORY…
"""

import pathlib
import re
import sys

from markdown_it import MarkdownIt

# Commands after which something is different.
MUTATING = re.compile(
    r"\b(rollout (undo|pause|resume|restart)|argo rollouts (undo|abort|promote)|kubectl( --namespace \S+)? (delete|scale|patch|apply)"
    r"|systemctl (restart|reload|stop|start)|pm2 (reload|restart|stop|delete)|ln -s|mv |kill |process\.kill"
    r"|compose( --file \S+)? (up|restart|down)|docker restart|release\.sh (deploy|rollback|contract)|pg_(cancel|terminate)_backend)"
)


def anchor(heading):
    """What GitHub calls a heading in an address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def judge(path, blocks):
    found = []
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    anchors, links, marked, titles = set(), [], None, 0
    for at, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            titles += token.tag == "h1"
            anchors.add(anchor(tokens[at + 1].content))
        for part in token.children or []:
            if part.type == "link_open":
                links.append((line, part.attrs["href"]))
            elif part.type in ("html_inline", "image"):
                found.append((line, f"{part.type}: {part.content}"))
        if token.type == "html_block" and not re.fullmatch(r"(<!-- [^<>]* -->\n?)+", token.content):
            found.append((line, f"HTML: {token.content}"))
        if token.type == "code_block":
            found.append((line, "a block that says nothing of what it is"))
        if token.type == "inline" and tokens[at - 1].type == "paragraph_open":
            if marked:
                found.append((line, "a mark without commands"))
            marked = re.match(r"\*\*(Read-only|Mutating)\.\*\* \S", token.content)
        if token.type == "fence":
            if token.info != "sh" or not marked:
                found.append((line, "commands that are not marked read-only or mutating"))
            elif marked[1] == "Read-only" and MUTATING.search(token.content):
                found.append((line, f"not read-only: {token.content.strip()}"))
            elif marked[1] == "Mutating" and not MUTATING.search(token.content):
                found.append((line, f"not known to be mutating: {token.content.strip()}"))
            marked = None
            name = str(path).replace("/", "_")
            (blocks / f"{name}.{line}.sh").write_text(token.content, encoding="utf-8")
    if titles != 1:
        found.append((1, f"{titles} titles"))
    for line, link in links:
        known = link[1:] in anchors if link.startswith("#") else re.match(r"https?://", link)
        if not known:
            found.append((line, f"a link to nowhere: {link}"))
    for line, what in found:
        print(f"{path}:{line}: {what}")
    return not found


def main():
    pages = sorted(page for folder in sys.argv[2:] for page in pathlib.Path(folder).rglob("*.md"))
    if not pages:
        print(f"no page below {sys.argv[2:]}", file=sys.stderr)
        sys.exit(2)
    good = [judge(page, pathlib.Path(sys.argv[1])) for page in pages]
    sys.exit(0 if all(good) else 1)


main()
