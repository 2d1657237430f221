"""Runs loadline and its peers in turn and prints what they took, as Markdown. Started by scripts/bench."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SIZES = [10, 100, 1000]
HERE = pathlib.Path(__file__).parent

# What must hold, and what is aimed at (seconds of processor time, MiB), at 1,000 services.
CPU_MUST, CPU_GOAL, CHECK_GOAL = 0.3, 0.15, 0.1
FASTER_GOAL = 2
MEMORY_MUST = 100
START_GOAL = 0.005
# Ten times the services may take this many times the work; 10 is linear.
GROWTH_GOAL = 12


class Command:
    """A command with what stands there before it, and what its runs took."""

    def __init__(self, title, arguments, out=None, fresh=False):
        self.title, self.arguments, self.out, self.fresh = title, [str(part) for part in arguments], out, fresh
        self.cpu, self.system, self.wall, self.memory = [], [], [], []

    def run(self, printed):
        if self.fresh:
            shutil.rmtree(self.out, ignore_errors=True)
        to_file = [(os.POSIX_SPAWN_OPEN, 1, printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)]
        begun = time.perf_counter()
        child = os.posix_spawn(self.arguments[0], self.arguments, os.environ, file_actions=to_file)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - begun
        if status != 0:
            sys.exit(f"{' '.join(self.arguments)}: status {status}")
        return usage.ru_utime + usage.ru_stime, usage.ru_stime, wall, usage.ru_maxrss / 1024

    def measure(self, printed):
        for values, value in zip((self.cpu, self.system, self.wall, self.memory), self.run(printed)):
            values.append(value)


def commands(options, at, services):
    """All commands for one size, in the order in which they take turns."""
    spec, (files, again, peer, floor) = at / "spec", (at / name for name in ("files", "again", "peer", "floor"))
    compile_to = [options.loadline, "compile", spec, "--target", "kubernetes", "-o"]
    render = [options.jrsonnet, "-f", "yaml", "-V", f"services={services}", HERE / "system.jsonnet"]
    return {
        "check": Command("`loadline check`", [options.loadline, "check", spec]),
        "migrated": Command(f"`loadline check`, {services // 5} migrations", [options.loadline, "check", at / "migrated"]),
        "compile": Command("`loadline compile` to a new directory", [*compile_to, files], files, fresh=True),
        "again": Command("`loadline compile`, nothing changed", [*compile_to, again], again),
        "stream": Command("`loadline compile -o -`", [*compile_to, "-"]),
        "peer": Command("`jrsonnet -m` to a new directory", [*render, "-c", "-m", peer], peer, fresh=True),
        "peer_stream": Command("`jrsonnet` to a file", render),
        "floor": Command("serde loop to a new directory", [options.floor, services, floor], floor, fresh=True),
        "start": Command("`loadline --version`", [options.loadline, "--version"]),
    }


def same_objects(commands_of_size):
    """What is compared must be the same work."""
    ours = commands_of_size["compile"].out
    for name, flags in (("peer", []), ("floor", ["--without-digests"])):
        subprocess.run(
            [sys.executable, HERE / "same_objects.py", ours, commands_of_size[name].out, *flags], check=True
        )


def table(measured, options):
    median = statistics.median
    print(f"{options.runs} runs of each command, in turn. Processor time is user and system together; `jrsonnet takes`\n"
          "compares the least of both, written the same way.\n")
    print("| services | command | processor time, median | of it system | least | wall, median | peak memory | jrsonnet takes |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for services, of_size in measured.items():
        for name, command in of_size.items():
            peer = of_size["peer_stream" if name == "stream" else "peer"]
            times = f"{min(peer.cpu) / min(command.cpu):.1f} ×" if name in ("compile", "again", "stream") else ""
            print(
                f"| {services:,} | {command.title} | {median(command.cpu) * 1000:.1f} ms"
                f" | {median(command.system) * 1000:.1f} ms | {min(command.cpu) * 1000:.1f} ms"
                f" | {median(command.wall) * 1000:.1f} ms | {max(command.memory):.0f} MiB | {times} |"
            )


def verdicts(measured):
    """What was asked and whether it holds, printed; returned, whether all holds that must.

    Judged by the least time of each command: what else runs on the machine can only add to it.
    """
    large = measured[SIZES[-1]]
    cpu = {name: min(command.cpu) for name, command in large.items()}
    memory = max(max(large[name].memory) for name in ("check", "compile", "again", "stream"))
    growth = [
        min(measured[more]["compile"].cpu) / min(measured[less]["compile"].cpu)
        for less, more in zip(SIZES, SIZES[1:])
    ]
    faster = cpu["peer"] / cpu["compile"]
    start = min(large["start"].wall)
    musts = [
        ("compile is faster than jrsonnet", f"{faster:.1f} ×", 1 < faster),
        (f"compile takes at most {CPU_MUST} s", f"{cpu['compile']:.3f} s", cpu["compile"] <= CPU_MUST),
        (f"memory stays below {MEMORY_MUST} MiB", f"{memory:.0f} MiB", memory < MEMORY_MUST),
    ]
    goals = [
        (f"compile is {FASTER_GOAL} times faster than jrsonnet", f"{faster:.1f} ×", FASTER_GOAL <= faster),
        (f"compile takes at most {CPU_GOAL} s", f"{cpu['compile']:.3f} s", cpu["compile"] <= CPU_GOAL),
        (f"compile to a pipe takes at most {CPU_GOAL} s", f"{cpu['stream']:.3f} s", cpu["stream"] <= CPU_GOAL),
        (f"check takes at most {CHECK_GOAL} s", f"{cpu['check']:.3f} s", cpu["check"] <= CHECK_GOAL),
        (f"start takes at most {START_GOAL * 1000:.0f} ms (wall)", f"{start * 1000:.1f} ms", start <= START_GOAL),
        (
            f"ten times the services take at most {GROWTH_GOAL} times the work",
            " and ".join(f"{factor:.1f} ×" for factor in growth),
            max(growth) <= GROWTH_GOAL,
        ),
    ]
    print("\n| at 1,000 services | least | |\n|---|---:|---|")
    for what, value, holds in musts:
        print(f"| {what} (must) | {value} | {'yes' if holds else '**no**'} |")
    for what, value, holds in goals:
        print(f"| {what} | {value} | {'yes' if holds else 'no'} |")
    return all(holds for _, _, holds in musts)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    for program in ("loadline", "generate", "jrsonnet", "floor"):
        parser.add_argument(f"--{program}", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=15, help="how often each command runs")
    parser.add_argument("--strict", action="store_true", help="exit 1 when something is missed that must hold")
    options = parser.parse_args()
    # In memory where that is possible: a disk's file system takes from a tenth of a second to three for the same files.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="loadline-bench-", dir=memory) as directory:
        root, measured = pathlib.Path(directory), {}
        for services in SIZES:
            at = root / str(services)
            subprocess.run([options.generate, str(services), "0", at / "spec"], check=True)
            subprocess.run([options.generate, str(services), str(services // 5), at / "migrated"], check=True)
            measured[services] = commands(options, at, services)
            for command in measured[services].values():
                command.run(root / "printed")
            same_objects(measured[services])
            for _ in range(options.runs):
                for command in measured[services].values():
                    command.measure(root / "printed")
        table(measured, options)
        holds = verdicts(measured)
    sys.exit(1 if options.strict and not holds else 0)


main()
