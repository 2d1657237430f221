#!/usr/bin/env python3
"""Each change of tests/validators/bad/mutations.json to the good objects must be found, by the rule that it names.

Every control of pod security and every rule of practice.py needs at least one: a rule that finds nothing judges nothing.
A change is [RULE, FILE, POINTER, VALUE]; without VALUE the field is taken away, and without POINTER the file.
"""

import copy
import json
import pathlib
import sys

import kubernetes_objects
import pod_security
import practice
import readers

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent / "tests/validators"


def main():
    good = {path: readers.read(path)[0] for path in sorted((TESTS / "good/kubernetes").glob("*.yaml"))}
    lines = (TESTS / "bad/mutations.json").read_text(encoding="utf-8").splitlines()
    mutations = [json.loads(line) for line in lines if line]
    failed = False
    said = []
    for rule, file, *change in mutations:
        objects = copy.deepcopy(good)
        mutate(objects, next(path for path in objects if path.name == file), *change)
        findings = kubernetes_objects.judge_objects(list(objects.items()), kubernetes_objects.kubernetes_schemas.SINCE)
        said += findings
        if not any(rule in finding for finding in findings):
            print(f"{file} {change}: {rule} does not find it; found are {findings}")
            failed = True
    for wanted in pod_security.CONTROLS + [one for _, ids, _ in practice.RULES for one in ids]:
        if not any(f"{wanted}:" in finding or f"{wanted}," in finding for finding in said):
            print(f"{wanted}: there is no mutation that it finds")
            failed = True
    print(f"{len(mutations)} mutations")
    return 1 if failed else 0


def mutate(objects, path, pointer=None, *value):
    if pointer is None:
        del objects[path]
        return
    *steps, last = [int(step) if step.isdigit() else step.replace("~1", "/") for step in pointer.split("/")]
    holder = objects[path]
    for step in steps:
        holder = holder[step] if isinstance(holder, list) else holder.setdefault(step, {})
    if not value:
        del holder[last]
    elif isinstance(holder, list) and last == len(holder):
        holder.append(value[0])
    else:
        holder[last] = value[0]


if __name__ == "__main__":
    sys.exit(main())
