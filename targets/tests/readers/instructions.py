#!/usr/bin/env python3
"""Prints the instructions of Dockerfiles as BuildKit's own parser reads them, as JSON; the error of one that it refuses.

Usage: instructions.py FILE…
"""

import json
import sys

import dockerfile


def read(path):
    try:
        commands = dockerfile.parse_file(path)
    except dockerfile.GoParseError as error:
        return {"error": str(error)}
    return [
        {"name": command.cmd.upper(), "json": command.json, "flags": list(command.flags), "words": list(command.value)}
        for command in commands
    ]


if __name__ == "__main__":
    json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
