"""Says what is wrong with workflows of GitHub Actions, and writes each of their commands into a file of its own.

usage: ci_workflows.py COMMANDS DIRECTORY…
"""

import importlib.util
import json
import pathlib
import re
import sys

import jsonschema
import yaml

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

# Contexts whose values are the repository's own, and not a stranger's.
KNOWN = re.compile(
    r"github\.(sha|actor|token|workflow|ref|event_name)|runner\.(os|arch)|vars\.[A-Z_]+|secrets\.REGISTRY_PASSWORD"
    r"|steps\.built\.outputs\.cache-hit|'[^']*'"
)


def texts(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value


def judge(workflow, validator):
    for error in validator.iter_errors(workflow):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
    jobs = workflow.get("jobs", {})
    if workflow.get("permissions") != {}:
        yield "permissions: what no job asks for is not given away"
    for path, text in texts(workflow):
        place = "/".join(map(str, path))
        for expression in EXPRESSION.findall(text):
            if path[-1] == "run":
                yield f"{place}: an expression in a command"
            for term in re.split(r"==|!=|&&|\|\|", expression):
                if not KNOWN.fullmatch(term.strip()):
                    yield f"{place}: an expression nobody knows: {term.strip()}"
        if path[-1] == "uses" and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", text):
            yield f"{place}: not pinned by a commit: {text}"
        if re.search(r"\banchore/", text) and "@sha256:" not in text:
            yield f"{place}: not pinned by a digest: {text}"
    for name, job in jobs.items():
        if "permissions" not in job:
            yield f"jobs/{name}: says nothing of its permissions"
        for needed in job.get("needs", []):
            if needed not in jobs:
                yield f"jobs/{name}: needs {needed}, which is no job"
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout") and step.get("with", {}).get("persist-credentials") is not False:
                yield f"jobs/{name}: leaves its token in the checkout"


def main():
    files = sorted(file for folder in sys.argv[2:] for file in pathlib.Path(folder).rglob("*.yml"))
    if not files:
        print(f"no workflow below {sys.argv[2:]}", file=sys.stderr)
        sys.exit(2)
    # Only the schema is wanted of the package, which is not imported: what it needs itself is not installed.
    package = pathlib.Path(importlib.util.find_spec("check_jsonschema").origin).parent
    vendored = package / "builtin_schemas/vendor/github-workflows.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    bad = False
    for file in files:
        workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
        # YAML 1.1 takes a bare `on` for a truth value.
        if True in workflow:
            workflow["on"] = workflow.pop(True)
        for found in judge(workflow, validator):
            print(f"{file}: {found}")
            bad = True
        for path, text in texts(workflow):
            if path[-1] == "run":
                name = "_".join(map(str, (str(file).replace("/", "_"), *path)))
                (pathlib.Path(sys.argv[1]) / f"{name}.sh").write_text(text, encoding="utf-8")
    sys.exit(1 if bad else 0)


main()
