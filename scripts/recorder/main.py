"""See scripts/record-rollouts."""

import argparse
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from programs import ControlPlane
from recorder import Recorder


def main():
    parser = argparse.ArgumentParser(prog="scripts/record-rollouts")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    cases = json.loads(given.cases.read_text())
    cases = [case for case in cases if not given.names or case["name"] in given.names]
    given.out.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="record-rollouts-"))
    plane = ControlPlane(given.programs.resolve(), folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        plane.start()
        time.sleep(8)  # until its own objects are there, and its nodes may be used
        for case in cases:
            lines = Recorder(plane, case).record()
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (given.out / f"{case['name']}.jsonl").write_text(text)
            print(case["name"], lines[-1], flush=True)
    finally:
        plane.stop()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
