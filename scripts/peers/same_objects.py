"""Whether two directories hold the same Kubernetes objects: same_objects.py DIRECTORY DIRECTORY [--without-digests]

Objects are compared as they are read: comments, the order of keys and the form of strings do not count; all else does.
With --without-digests, the digest at the end of a ConfigMap's name is left out wherever the name stands.
"""

import pathlib
import re
import sys

import yaml

DIGEST = re.compile(r"\b(settings-\d+)-[0-9a-f]{8}\b")


def read(directory, without_digests):
    """File name to object."""
    objects = {}
    for path in pathlib.Path(directory).rglob("*.yaml"):
        name, text = path.name, path.read_text(encoding="utf-8")
        if without_digests:
            name, text = DIGEST.sub(r"\1", name), DIGEST.sub(r"\1", text)
        objects[name] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if "resources" in objects[name]:
            # The order follows from the names, which differ by their digests.
            objects[name]["resources"].sort()
    return objects


def main():
    directories = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    left, right = (read(directory, "--without-digests" in sys.argv) for directory in directories)
    differing = [name for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]
    for name in differing[:10]:
        print(f"{name}:\n  {left.get(name)}\n  {right.get(name)}", file=sys.stderr)
    if differing or not left:
        sys.exit(f"{len(differing)} of {len(left)} objects differ between {' and '.join(directories)}")


main()
