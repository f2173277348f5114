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
        raise Failed((errors or lines or [f"exit status {done.returncode}"])[-1][:300])
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
        environment["TORCHINDUCTOR_CACHE_DIR"] = str(options.cache / "inductor")
        for setting in filter(None, mode.split(", ")):
            environment |= SETTINGS.get(setting, {})
        environment |= self.avx2 if part.avx2 else {}
        seconds = options.seconds * (4 if part.work == "train" else 1)
        command = [*self.command, "--network", part.network, "--only", part.work, "--threads", threads, "--seconds", seconds]
        command += ["--batches", ",".join(map(str, part.batches))]
        if self.id != "shapeproof":
            command += ["--mode", mode, "--folder", options.cache / "networks"]
        figures = json.loads(run(command, environment, cores, timeout=600).splitlines()[-1])
        if figures.get("difference", 0) > TOLERANCE:
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
    def __init__(self, manifest):
        self.manifest = manifest
        self.package = tomllib.loads(manifest.read_text())["package"]
        about = self.package["metadata"]["peer"]
        keys = ["name", "modes", "fastest", "networks", "avx2"]
        super().__init__(manifest.parent.name, *(about.get(key) for key in keys))
        manifest_version = tomllib.loads(manifest.read_text())["dependencies"][about["package"]]
        self.version = getattr(manifest_version, "get", lambda _: manifest_version)("version").strip("=")

    def install(self, cache):
        target = cache / f"rust-{self.id}"
        command = ["cargo", "build", "--release", "--manifest-path", self.manifest, "--target-dir", target]
        run(command, {"RUSTFLAGS": "-C target-cpu=native"})
        self.command = [target / "release" / self.package["name"]]


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
    return f"{model}; {len(os.sched_getaffinity(0))} cores; {' '.join(flags)}"


def spread(values, digits):
    """`5.6 (5.5–5.8)`: the median, the lowest and the highest."""
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low}–{high})"


def columns(part, threads):
    """A title, threads, a figure's name, whether less is better, its unit in that of the figure, decimals."""
    if part.work == "train":
        result = [(f"{count} thread{'s' * (count > 1)}, ms", count, "train_ms", True, 1, 1) for count in threads]
        return result + [(f"memory, MiB, {threads[-1]} thread{'s' * (threads[-1] > 1)}", threads[-1], "rss_mib", True, 1, 0)] * part.memory
    (count,) = threads
    result = [("one image, µs", count, "lat_us", True, 1, 0)]
    return result + [(f"{size}", count, f"img_s_{size}", False, 1000, 1) for size in part.batches]


def table(part, results, threads):
    heads = columns(part, threads)
    # (peer, mode) → column → values
    rows = {}
    for (of, count, peer, mode), all_figures in results.items():
        for i, (_, its_count, key, _, unit, _) in enumerate(heads):
            if of == part and count == its_count:
                values = [figures[key]["median"] if isinstance(figures[key], dict) else figures[key] for figures in all_figures]
                rows.setdefault((peer, mode), {})[i] = [value / unit for value in values]
    if not rows:
        return
    title = part.title if part.work == "train" else f"{part.title}, {threads[0]} thread{'s' * (threads[0] > 1)}; thousand images/s in batches"
    print(f"### {title}\n\n| | {' | '.join(head[0] for head in heads)} |\n|---|{'---|' * len(heads)}")
    label = lambda peer, mode: ", ".join(filter(None, [NAMES[peer], mode]))
    value = lambda row, i: median(rows[row][i])
    better = lambda i: 1 if heads[i][3] else -1
    order = sorted(rows, key=lambda row: (row[0] != "shapeproof", *(better(i) * value(row, i) for i in sorted(rows[row]))))
    for row in order:
        cells = [spread(rows[row][i], head[5]) if i in rows[row] else "" for i, head in enumerate(heads)]
        print(f"| {label(*row)} | {' | '.join(cells)} |")
    ours, cells = ("shapeproof", ""), []
    for i in range(len(heads)):
        others = [row for row in rows if row != ours and i in rows[row]]
        if not others or i not in rows.get(ours, {}):
            cells.append("")
            continue
        best = min(others, key=lambda row: better(i) * value(row, i))
        cells.append(f"{(value(best, i) / value(ours, i)) ** better(i):.2f} ({NAMES[best[0]]})")
    print(f"| shapeproof, times as good as the best other | {' | '.join(cells)} |\n")


NAMES = {}


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
    parser.add_argument("--cache", type=lambda text: Path(text).absolute(), default=home / "shapeproof" / "peers", help="where peers are installed")
    options = parser.parse_args()

    if options.list:
        for peer in peers:
            print(f"{peer.id}: {peer.name.strip('*')}: " + "; ".join(f"{work}: {', '.join(f'[{mode}]' for mode in modes)}" for work, modes in peer.modes.items()))
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
        NAMES[peer.id] = peer.name
        try:
            peer.install(options.cache)
            installed.append(peer)
        except Failed as failed:
            if peer.id == "shapeproof":
                sys.exit(f"error: shapeproof: {failed}")
            failures.append(f"{peer.id} was not installed: {failed}")

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
                words = [part.network, part.work, f"{count} threads", peer.id, mode, "AVX2" * part.avx2]
                say(f"round {done + 1}, {number + 1}/{len(jobs)}:", *words)
                try:
                    figures = peer.measure(part, mode, count, options)
                except Failed as failed:
                    broken.add(key)
                    failures.append(f"{' '.join(filter(None, words[3:]))}, {part.network}, {part.work}, {count} threads: {failed}")
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
                table(part, results, threads)
    if differences:
        print("Largest difference of a logit from shapeproof's: " + ", ".join(f"{NAMES[peer]} {value:.1e}" for peer, value in differences.items()) + ".\n")
    for failure in failures:
        print(f"- Not measured: {failure}")


if __name__ == "__main__":
    main()
