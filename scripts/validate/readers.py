#!/usr/bin/env python3
"""Reads YAML by the rules of 1.1 (PyYAML) and of 1.2 (ruamel.yaml), and demands that both see the same.

Usage: readers.py FILE                 both readers agree on every key and scalar
       readers.py FILE EXPECTED.json   ... and the document is the expected one
"""

import json
import sys

import ruamel.yaml
import yaml


class Disagreement(Exception):
    """The readers see different things."""


# PyYAML has a tag for a lone `=` and no constructor for it.
LOADER = yaml.CSafeLoader
LOADER.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


def read(path):
    """The documents of a file, if both readers agree on them."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    older = list(yaml.load_all(text, LOADER))
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.allow_duplicate_keys = False
    newer = list(reader.load_all(text))
    same(older, newer, "")
    return older


def same(older, newer, where):
    """Equal in type too: 1 is not "1", and a date is not a string."""
    if isinstance(older, dict) and isinstance(newer, dict):
        if [(type(key), key) for key in older] != [(type(key), key) for key in newer]:
            raise Disagreement(f"{where}: keys {list(older)} and {list(newer)}")
        for key in older:
            if not isinstance(key, str):
                raise Disagreement(f"{where}: the key {key!r} is no string")
            same(older[key], newer[key], f"{where}/{key}")
    elif isinstance(older, list) and isinstance(newer, list):
        if len(older) != len(newer):
            raise Disagreement(f"{where}: {len(older)} and {len(newer)} items")
        for index, (one, other) in enumerate(zip(older, newer)):
            same(one, other, f"{where}/{index}")
    elif type(older) is not type(newer) or older != newer:
        raise Disagreement(f"{where}: {older!r} and {newer!r}")
    elif not isinstance(older, (str, int, bool, type(None))):
        raise Disagreement(f"{where}: {older!r} is neither text nor a whole number")


def main(arguments):
    documents = read(arguments[0])
    if len(arguments) == 2:
        with open(arguments[1], encoding="utf-8") as file:
            expected = json.load(file)
        same(documents, [expected], "")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Disagreement, yaml.YAMLError, ruamel.yaml.error.YAMLError) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
