"""Runs the simulator and its peers in turn on one station and prints what they took, as Markdown. Started by
scripts/bench-simulator."""

import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile

ARRIVALS = 1_000_000
# M/M/8 with four of five servers busy: 100 ms of service and what Erlang C says of waiting.
RESPONSE = 128.603
# The standard error of the mean over a million is about 0.2 %.
TOLERANCE = 0.01
EVENTS_EACH = 2

# What is weighed: how many, and the most bytes that each may take.
WEIGHED = {"requests": (1_000_000, 200), "instances": (20_000, 1_024)}

# How many times the processor time of the engine a peer has to take at least.
MUST = {"heap": 0.5, "nexosim": 3, "simpy": 50}


def run(arguments):
    """Seconds of processor time, and what was printed."""
    with tempfile.NamedTemporaryFile() as printed:
        to_file = [(os.POSIX_SPAWN_OPEN, 1, printed.name, os.O_WRONLY | os.O_TRUNC, 0o644)]
        child = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=to_file)
        _, status, usage = os.wait4(child, 0)
        text = pathlib.Path(printed.name).read_text()
    if status != 0:
        sys.exit(f"{' '.join(arguments)}: status {status}")
    return usage.ru_utime + usage.ru_stime, text


def same_work(title, text):
    """Every peer says how many it served and how long they took; both must be those of the station. The simulator ends at a
    time and not after so many."""
    served, response = re.search(r"(\d+) served, mean response ([\d.]+) ms", text).groups()
    if TOLERANCE < abs(int(served) / ARRIVALS - 1) or TOLERANCE < abs(float(response) / RESPONSE - 1):
        sys.exit(f"{title}: another station: {text.strip()}")


def weighed(program, what, count):
    """Requests in flight, instances at once, and the peak of memory in KiB."""
    _, text = run([program, what, str(count)])
    return map(int, re.search(r"(\d+) in flight, (\d+) instances at once, (\d+) KiB", text).groups())


def weigh(program):
    """The peak of memory with many, less that with a hundred, and by how many there were; whether one takes too much."""
    missed = False
    print("\n| in memory | at once | bytes each | must |")
    print("|---|---|---|---|")
    for what, (count, most) in WEIGHED.items():
        _, _, small = weighed(program, what, 100)
        requests, instances, large = weighed(program, what, count)
        there = {"requests": requests, "instances": instances}[what]
        each = (large - small) * 1024 / there
        missed |= most < each
        print(f"| {what} | {there:,} | {each:.0f} | ≤ {most:,} |")
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--memory", required=True)
    parser.add_argument("--heap", required=True)
    parser.add_argument("--nexosim", required=True)
    parser.add_argument("--simpy", required=True, help="a folder that has it")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--strict", action="store_true", help="exit 1 when something is missed")
    options = parser.parse_args()
    script = str(pathlib.Path(__file__).with_name("mm8.py"))
    os.environ["PYTHONPATH"] = options.simpy
    commands = {
        "engine": ("the simulator", [options.engine, str(ARRIVALS)], options.runs),
        "heap": ("a bare heap", [options.heap, str(ARRIVALS)], options.runs),
        "nexosim": ("nexosim 1.0", [options.nexosim, str(ARRIVALS)], options.runs),
        "simpy": ("SimPy 4.1", [sys.executable, script, str(ARRIVALS)], min(2, options.runs)),
    }
    took = {name: [] for name in commands}
    for turn in range(options.runs):
        for name, (title, arguments, runs) in commands.items():
            if turn < runs:
                seconds, text = run(arguments)
                same_work(title, text)
                took[name].append(seconds)
    print(f"M/M/8, {ARRIVALS:,} arrivals; least of {options.runs} runs in turn (SimPy: {commands['simpy'][2]}).\n")
    print("| | processor time, least | median | events a second | times the simulator | must |")
    print("|---|---|---|---|---|---|")
    missed = False
    for name, (title, _, _) in commands.items():
        least, ratio = min(took[name]), min(took[name]) / min(took["engine"])
        missed |= ratio < MUST.get(name, 0)
        must = f"≥ {MUST[name]}" if name in MUST else ""
        print(
            f"| {title} | {least:.3f} s | {statistics.median(took[name]):.3f} s "
            f"| {EVENTS_EACH * ARRIVALS / least / 1e6:.2f} million | {ratio:.2f} | {must} |"
        )
    missed |= weigh(options.memory)
    sys.exit(1 if missed and options.strict else 0)


main()
