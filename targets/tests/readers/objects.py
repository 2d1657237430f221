#!/usr/bin/env python3
"""Prints what readers of YAML see in files, as one JSON object: NAME to document, or to what is wrong with it.

Usage: objects.py PLAIN DIRECTORY…

Of the directory PLAIN, which holds nothing that readers could take for two things, one reader is asked. Of the others a
document is what PyYAML (1.1) and ruamel.yaml (1.2) both see, and Docker Compose, whose reader is written in Go as that
of Kubernetes is: the file is an extension field of a compose file for it. A name is DIRECTORY/FILE, both their last parts.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts/validate"))
import readers  # noqa: E402
import ruamel.yaml  # noqa: E402
import yaml  # noqa: E402

COMPOSE = ROOT / ".tools/python/bin/docker-compose"


def by_go(texts):
    """The documents as a reader written in Go sees them; an error of one is an error of all."""
    lines = ["name: readers", "services: {}"]
    for index, text in enumerate(texts):
        # A line ends for YAML where `\n` is, and not where Python sees the end of one.
        lines += [f"x-{index}:", *("  " + line for line in text.split("\n"))]
    run = subprocess.run(
        [COMPOSE, "--file", "-", "config", "--no-interpolate", "--format", "json"],
        input="\n".join(lines),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if run.returncode != 0:
        raise readers.Disagreement(run.stderr)
    read = json.loads(run.stdout)
    return [read[f"x-{index}"] for index in range(len(texts))]


def seen(files):
    """Names and documents of files that are all good, or all refused for the first that is not."""
    found = {}
    try:
        for name, path in files:
            (found[name],) = readers.read(path)
        # Read as bytes: Python would change line ends.
        texts = [path.read_bytes().decode("utf-8") for _, path in files]
        for (name, _), other in zip(files, by_go(texts)):
            # Go's maps have no order.
            if json.dumps(found[name], sort_keys=True) != json.dumps(other, sort_keys=True):
                raise readers.Disagreement(f"{name} is another in Go")
    except (readers.Disagreement, ValueError, yaml.YAMLError, ruamel.yaml.error.YAMLError) as error:
        return {name: {"error": str(error)} for name, _ in files}
    return found


def named(directory):
    directory = pathlib.Path(directory)
    return [(f"{directory.name}/{path.name}", path) for path in sorted(directory.glob("*.yaml"))]


def main(plain, directories):
    found = {}
    for name, path in named(plain):
        found[name] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for directory in directories:
        found |= seen(named(directory))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
