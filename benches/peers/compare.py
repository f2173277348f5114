#!/usr/bin/env python3
"""Compares shapeproof with other frameworks on this machine, and prints Markdown tables: see README.md.

    python3 benches/peers/compare.py
    python3 benches/peers/compare.py --list
    python3 benches/peers/compare.py --peers onnxruntime,openvino --tables prediction --rounds 1
"""

import argparse
import ast
import datetime
import functools
import hashlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tomllib
import venv
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What a part of a mode's name does: glibc keeps large buffers, and does not return them to the system after every use.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": 2**30, "MALLOC_TRIM_THRESHOLD_": 2**32, "MALLOC_TOP_PAD_": 2**28}
SETTINGS = {"tuned allocator": {name: str(size) for name, size in ALLOCATOR.items()}}

# The largest difference of a logit from shapeproof's.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Part:
    """One Markdown table, or one for each number of threads."""

    title: str
    network: str
    work: str
    batches: tuple = (8, 16, 32, 64, 256, 1000)
    memory: bool = False
    avx2: bool = False


TABLES = {
    "training": [Part("Training step of the reference network, 64 images", "digits", "train")],
    "prediction": [
        Part("Prediction, reference network (PReLU)", "digits", "predict"),
        Part("Prediction, reference network with ReLU", "relu", "predict"),
    ],
    "resnet": [Part("Training step of the residual network, 128 images of 3×32×32", "resnet", "train", memory=True)],
    "mobilenet": [
        Part("Training step of the MobileNet-like network, 128 images of 3×32×32", "mobilenet", "train"),
        Part("Prediction, MobileNet-like network", "mobilenet", "predict", (16, 64, 256)),
    ],
    "double": [Part("Training step of the reference network in double precision, 64 images", "double", "train")],
    "avx2": [
        Part("AVX2 only: training step of the reference network, 64 images", "digits", "train", avx2=True),
        Part("AVX2 only: prediction, reference network with ReLU", "relu", "predict", (16, 64, 256), avx2=True),
    ],
}


class Failed(Exception):
    """Why a peer could not be installed or run, in one line."""


# Also a Python without `venv`, a folder that cannot be written, and a program that does not print figures.
FAILURES = (Failed, subprocess.CalledProcessError, OSError, LookupError, ValueError)


def run(command, environment=None, cores=None, timeout=3600, cwd=None):
    """Standard output of a program."""
    pin = cores and functools.partial(os.sched_setaffinity, 0, cores)
    settings = {"env": {**os.environ, **(environment or {})}, "preexec_fn": pin, "timeout": timeout, "cwd": cwd}
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace", **settings)
    except subprocess.TimeoutExpired:
        raise Failed(f"took more than {timeout} seconds") from None
    except OSError as error:
        raise Failed(str(error)) from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"error|\w*(Error|Exception)\b|thread '.*panicked", line, re.I)]
        code = done.returncode
        how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
        raise Failed(": ".join([how, *(errors or lines)[-1:]])[:300])
    return done.stdout


@dataclass
class Peer:
    id: str
    name: str
    modes: dict  # the kinds of work, and the modes of each
    fastest: list | None = None  # the modes for other networks than the reference network
    networks: list | None = None  # None: all
    avx2: dict | None = None  # variables that leave out AVX-512
    command: list = field(default_factory=list)
    version: str = ""

    def install(self, cache):
        raise NotImplementedError

    def modes_for(self, part):
        if part.avx2 and self.avx2 is None or self.networks and part.network not in self.networks:
            return []
        modes = self.modes.get(part.work, [])
        is_reference = part.network == "digits" and not part.avx2
        return [mode for mode in modes if is_reference or self.fastest is None or mode in self.fastest]

    def measure(self, part, mode, threads, options):
        cores = sorted(os.sched_getaffinity(0))[-threads:]
        variables = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"]
        environment = dict.fromkeys([*variables, "RTEN_NUM_THREADS", "CANDLE_NUM_THREADS"], str(threads))
        # What PyTorch compiled for AVX-512 crashes without it, so the two are kept apart.
        environment["TORCHINDUCTOR_CACHE_DIR"] = str(options.cache / ("inductor-avx2" if part.avx2 else "inductor"))
        for setting in filter(None, mode.split(", ")):
            environment |= SETTINGS.get(setting, {})
        environment |= self.avx2 if part.avx2 else {}
        seconds = options.seconds * (4 if part.work == "train" else 1)
        command = [*self.command, "--network", part.network, "--only", part.work, "--threads", threads, "--seconds", seconds]
        command += ["--batches", ",".join(map(str, part.batches))]
        if self.id != "shapeproof":
            command += ["--mode", mode, "--folder", options.cache / "networks"]
        figures = json.loads(run(command, environment, cores, timeout=600).splitlines()[-1])
        if not figures.get("difference", 0) <= TOLERANCE:  # also if it is not a number
            raise Failed(f"computes something else: a logit differs from shapeproof's by {figures['difference']:.1e}")
        return figures


class Shapeproof(Peer):
    def __init__(self):
        super().__init__("shapeproof", "**shapeproof**", {"train": [""], "predict": [""]}, avx2={"SHAPEPROOF_MAX_ISA": "avx2"})

    def install(self, cache):
        cargo = ["cargo", "build", "--locked", "--release", "--example", "throughput", "--features", "onnx"]
        run(cargo, cwd=ROOT)
        metadata = json.loads(run(["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=ROOT))
        self.command = [Path(metadata["target_directory"]) / "release" / "examples" / "throughput"]
        networks = cache / "networks"
        networks.mkdir(exist_ok=True)
        for network in ["digits", "relu", "resnet", "mobilenet"]:
            run([*self.command, "--network", network, "--save", networks])
        version = next(package["version"] for package in metadata["packages"] if package["name"] == "shapeproof")
        try:
            version += " " + run(["git", "describe", "--always", "--dirty"], cwd=ROOT).strip()
        except Failed:
            pass
        self.version = version


class Python(Peer):
    def __init__(self, file):
        # The packages it imports are not installed here, so its constants are read without running it.
        statements = ast.parse(file.read_text()).body
        constants = {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in statements
            if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "").isupper()
        }
        get = constants.get
        super().__init__(file.stem, get("NAME", file.stem), get("MODES"), get("FASTEST"), get("NETWORKS"), get("AVX2"))
        self.packages, self.alone = constants["INSTALL"], get("INSTALL_ALONE", [])

    def install(self, cache):
        key = repr([self.packages, self.alone, platform.python_version()])
        folder = cache / f"python-{self.id}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        python = folder / "bin" / "python"
        if not (folder / "complete").exists():
            venv.create(folder, clear=True, symlinks=True, with_pip=True)
            pip = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--no-input", "--disable-pip-version-check"]
            run([*pip, *self.packages])
            if self.alone:
                run([*pip, "--no-deps", *self.alone])
            (folder / "complete").touch()
        self.command = [python, HERE / "bench.py", self.id]


class Rust(Peer):
    def __init__(self, file):
        self.file, manifest = file, tomllib.loads(file.read_text())
        self.program = manifest["package"]["name"]
        about = manifest["package"]["metadata"]["peer"]
        keys = ["name", "modes", "fastest", "networks", "avx2"]
        super().__init__(file.parent.name, *(about.get(key) for key in keys))
        dependency = manifest["dependencies"][about["package"]]
        self.version = (dependency if isinstance(dependency, str) else dependency["version"]).strip("=")

    def install(self, cache):
        target = cache / f"rust-{self.id}"
        command = ["cargo", "build", "--release", "--manifest-path", self.file, "--target-dir", target]
        run(command, {"RUSTFLAGS": "-C target-cpu=native"})
        self.command = [target / "release" / self.program]


def all_peers():
    python = [Python(file) for file in HERE.glob("python/*.py")]
    rust = [Rust(file) for file in HERE.glob("rust/*/Cargo.toml")]
    return [Shapeproof(), *sorted(python + rust, key=lambda peer: peer.id)]


def machine():
    """The processor, its cores, and what it has of the instructions that matter."""
    cpu = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpu.setdefault(name.strip(), value.strip())
    known = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile"]
    flags = [flag for flag in known if flag in cpu.get("flags", "").split()]
    model = f"{cpu.get('model name', platform.processor())}, family {cpu.get('cpu family')}, model {cpu.get('model')}"
    return f"{model}; cores: {len(os.sched_getaffinity(0))}; {' '.join(flags)}"


def spread(values, digits):
    """`5.6 (5.5–5.8)`: the median, the lowest and the highest."""
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low}–{high})"


@dataclass(frozen=True)
class Column:
    title: str
    threads: int
    key: str  # in the figures of a run
    unit: int = 1  # in that of the figure
    digits: int = 1
    sign: int = 1  # 1 if less is better, −1 if more is

    def of(self, figures):
        value = figures[self.key]
        return (value["median"] if isinstance(value, dict) else value) / self.unit


def in_words(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def columns(part, threads):
    if part.work == "train":
        memory = Column(f"memory, MiB, {in_words(threads[-1])}", threads[-1], "rss_mib", digits=0)
        return [Column(f"{in_words(count)}, ms", count, "train_ms") for count in threads] + [memory] * part.memory
    (count,) = threads
    batches = [Column(f"batches of {size}", count, f"img_s_{size}", unit=1000, sign=-1) for size in part.batches]
    return [Column("one image, µs", count, "lat_us", digits=0), *batches]


def table(part, results, peers, threads):
    """Prints a row for every mode of every peer, and one that compares shapeproof with the best of the others."""
    heads = columns(part, threads)
    rows = {}  # (peer, mode) → column → values
    for (of, count, peer, mode), rounds in results.items():
        for head in heads:
            if of == part and count == head.threads:
                rows.setdefault((peer, mode), {})[head] = [head.of(figures) for figures in rounds]
    if not rows:
        return
    title = part.title
    if part.work == "predict":
        title += f", {in_words(threads[0])}; batches: thousand images per second"
    print(f"### {title}\n\n| | {' | '.join(head.title for head in heads)} |\n|---|{'---|' * len(heads)}")
    ours = ("shapeproof", "")
    # Less is better.
    cost = lambda row, head: head.sign * median(rows[row][head])
    for row in sorted(rows, key=lambda row: (row != ours, *(cost(row, head) for head in heads if head in rows[row]))):
        name = ", ".join(filter(None, [peers[row[0]].name, row[1]]))
        cells = [spread(rows[row][head], head.digits) if head in rows[row] else "" for head in heads]
        print(f"| {name} | {' | '.join(cells)} |")
    cells = []
    for head in heads:
        others = [row for row in rows if row != ours and head in rows[row]]
        if others and head in rows.get(ours, {}):
            best = min(others, key=lambda row: cost(row, head))
            cells.append(f"{(cost(best, head) / cost(ours, head)) ** head.sign:.2f} ({peers[best[0]].name})")
        else:
            cells.append("")
    print(f"| shapeproof, times as good as the best other | {' | '.join(cells)} |\n")


def main():
    peers = all_peers()
    listed = lambda text: [part.strip() for part in text.split(",")]
    parser = argparse.ArgumentParser(description="Compares shapeproof with other frameworks on this machine.")
    parser.add_argument("--list", action="store_true", help="list peers and tables, and measure nothing")
    parser.add_argument("--peers", type=listed, help="only these, and shapeproof")
    parser.add_argument("--tables", type=listed, default=list(TABLES), help="only these")
    parser.add_argument("--threads", type=lambda text: [int(count) for count in text.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each figure of a prediction; a step has four times as long")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = lambda text: Path(text).absolute()
    parser.add_argument("--cache", type=path, default=home / "shapeproof" / "peers", help="where peers are installed")
    options = parser.parse_args()

    if options.list:
        for peer in peers:
            works = (work + ": " + "; ".join(modes) if modes[0] else work for work, modes in peer.modes.items())
            print(f"{peer.id}: {' | '.join(works)}")
        print()
        for name, parts in TABLES.items():
            print(f"{name}: " + "; ".join(part.title for part in parts))
        return
    unknown = set(options.tables) - set(TABLES) | set(options.peers or []) - {peer.id for peer in peers}
    if unknown:
        parser.error(f"found {', '.join(sorted(unknown))}: not in --list")

    say = lambda *text: print(*text, file=sys.stderr, flush=True)
    options.cache.mkdir(parents=True, exist_ok=True)
    failures, installed = [], []
    for peer in peers:
        if peer.id != "shapeproof" and options.peers and peer.id not in options.peers:
            continue
        say(f"installing {peer.id}")
        try:
            peer.install(options.cache)
            installed.append(peer)
        except FAILURES as failed:
            if peer.id == "shapeproof":
                sys.exit(f"error: shapeproof: {failed}")
            failures.append(f"{peer.id}: {failed}")

    jobs = [
        (part, count, peer, mode)
        for name in options.tables
        for part in TABLES[name]
        for count in options.threads
        for peer in installed
        for mode in peer.modes_for(part)
    ]
    # (part, threads, peer, mode) → the figures of every round
    results, differences, broken = {}, {}, set()
    load, done = os.getloadavg()[0], 0
    try:
        for done in range(options.rounds):
            for number, job in enumerate(jobs):
                part, count, peer, mode = job
                key = (part, count, peer.id, mode)
                if key in broken:
                    continue
                what = f"{', '.join(filter(None, [peer.id, mode]))} ({part.network}, {part.work}, {in_words(count)}{', AVX2' * part.avx2})"
                say(f"round {done + 1}, {number + 1}/{len(jobs)}: {what}")
                try:
                    figures = peer.measure(part, mode, count, options)
                except FAILURES as failed:
                    broken.add(key)
                    failures.append(f"{what}: {failed}")
                    continue
                peer.version = peer.version or figures["version"]
                results.setdefault(key, []).append(figures)
                if "difference" in figures:
                    differences[peer.id] = max(differences.get(peer.id, 0), figures["difference"])
        done = options.rounds
    except KeyboardInterrupt:
        say(f"interrupted in round {done + 1}: these are the figures until then")

    print(f"{datetime.date.today()}, {machine()}. Load before: {load:.1f}.", end=" ")
    print(f"Medians of {done} rounds, lowest and highest in parentheses.\n" if done > 1 else "One round.\n")
    print("Versions: " + ", ".join(f"{peer.name.strip('*')} {peer.version}" for peer in installed if peer.version), end="; ")
    print(f"Python {platform.python_version()}, {' '.join(run(['rustc', '--version']).split()[:2])}.\n")
    for name in options.tables:
        for part in TABLES[name]:
            for threads in [options.threads] if part.work == "train" else [[count] for count in options.threads]:
                table(part, results, {peer.id: peer for peer in peers}, threads)
    if differences:
        each = (f"{peer.name} {differences[peer.id]:.1e}" for peer in installed if peer.id in differences)
        print(f"Largest difference of a logit from shapeproof's: {', '.join(each)}.\n")
    for failure in failures:
        print(f"- Not measured: {failure}")


if __name__ == "__main__":
    main()
