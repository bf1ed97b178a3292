"""The two sides: how Linux and Namu are started under the same QEMU, and what is seen of them from outside."""

import dataclasses
import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

LINUX_COMMAND_LINE = (
    "console=ttyS0 quiet panic=-1 reboot=t mitigations=off no5lvl nopku nowatchdog nosoftlockup audit=0 "
    "init_on_alloc=0 random.trust_cpu=on tsc=reliable"
)
ICOUNT = "shift=0,sleep=off"
ICOUNT_TSC_KHZ = 1000000  # under shift=0 the counter grows by one each nanosecond
REFERENCE_MACHINE = "microvm,acpi=off,x-option-roms=off"
REFERENCE_CPU = "max,-erms"
LINUX_NEEDS = ("pic", "pit", "rtc")  # devices of the machine: without a clock Linux waits seconds for one in its boot
FIRST_MARK = b"!"  # what the program `first` prints


class BenchError(Exception):
    """A failure that ends the bench with one line."""


@dataclasses.dataclass
class Run:
    """What was seen of one run; times are CLOCK_MONOTONIC of the host, in ns."""

    started: int
    ended: int = 0
    qemu_started: int = 0
    mark_seen: int = 0
    status: int = 0
    timed_out: bool = False
    errors: str = ""
    lines: list = dataclasses.field(default_factory=list)  # (time, text)

    def text(self):
        return "\n".join(line for _, line in self.lines)

    def seconds_from_qemu(self):
        return (self.ended - self.qemu_started) / 1e9

    def seconds_whole(self):
        return (self.ended - self.started) / 1e9

    def seconds_to_mark(self):
        return (self.mark_seen - self.qemu_started) / 1e9 if self.mark_seen else None


def _collect(process, run, deadline, mark):
    """Read the output to its end or the deadline, marking when each line came and when `mark` did."""
    pending = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            run.timed_out = True
            return
        data = os.read(process.stdout.fileno(), 65536)
        now = time.monotonic_ns()
        if not data:
            break
        if mark in data and not run.mark_seen:
            run.mark_seen = now
        *whole, pending = (pending + data).split(b"\n")
        run.lines += [(now, line.decode(errors="replace").strip()) for line in whole]
    if pending:
        run.lines.append((now, pending.decode(errors="replace").strip()))


def observe(command, environment, timeout, stamp):
    """Run a command to its end and say what was seen of it; `stamp` is where qemu_stamp leaves its time."""
    if os.path.exists(stamp):
        os.unlink(stamp)
    with tempfile.TemporaryFile() as errors:
        run = Run(started=time.monotonic_ns())
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        over = False
        try:
            _collect(process, run, time.monotonic() + timeout, FIRST_MARK)
            over = not run.timed_out
        finally:
            if not over:
                os.killpg(process.pid, signal.SIGKILL)
            run.status = process.wait()
            run.ended = time.monotonic_ns()
            process.stdout.close()
        errors.seek(0)
        run.errors = errors.read().decode(errors="replace").strip()
    try:
        with open(stamp, encoding="ascii") as file:
            run.qemu_started = int(file.read())
    except (OSError, ValueError):
        run.qemu_started = run.started
    return run


def megabytes(text):
    """The value of QEMU's -m in MiB."""
    size = text.split(",")[0].removeprefix("size=")
    kib = {"K": 1, "M": 1024, "G": 1 << 20}
    return int(size[:-1]) * kib[size[-1].upper()] // 1024 if size[-1].isalpha() else int(size)


def read_flags(command):
    """The flags of a QEMU command that decide its speed, as a dictionary."""
    flags = {"machine": "", "accel": "", "cpu": "", "m": "", "smp": "1", "icount": ""}
    names = {"-M": "machine", "-machine": "machine"}
    words = shlex.split(command)
    for word, value in zip(words, words[1:]):
        name = names.get(word, word[1:] if word.startswith("-") else "")
        if name in flags:
            flags[name] = value
    for option in flags["machine"].split(","):
        if option.startswith("accel="):
            flags["accel"] = flags["accel"] or option.removeprefix("accel=")
    flags["machine"] = ",".join(o for o in flags["machine"].split(",") if not o.startswith("accel="))
    flags["accel"] = flags["accel"].split(",")[0] or "tcg"
    flags["m"] = megabytes(flags["m"] or "128")
    return flags


class Machines:
    """Starts either side. `build` is the build folder."""

    def __init__(self, build, tsc_khz):
        self.build = os.path.abspath(build)
        self.bench = os.path.join(self.build, "bench")
        self.namu_command = os.path.join(self.build, "namu")
        self.tsc_khz = tsc_khz
        self.cpus = 1  # of the machines to come
        self.qemu = shutil.which("qemu-system-x86_64")
        if not self.qemu:
            raise BenchError("qemu-system-x86_64 is not there: make deps-bench")
        self.stamp = os.path.join(self.bench, "stamp")
        self.stand_in = os.path.join(self.bench, "qemu_stamp")

    def _environment(self, extra=""):
        return dict(
            os.environ,
            NAMU_QEMU=self.stand_in,
            BENCH_QEMU=self.qemu,
            BENCH_STAMP=self.stamp,
            BENCH_QEMU_EXTRA=extra,
        )

    def has_namu(self):
        """Is there a Namu to measure?"""
        return os.access(self.namu_command, os.X_OK) and os.path.exists(self.build + "/namu.elf")

    def _namu_arguments(self, arguments, memory, root):
        options = ["--accel", "tcg", "--cpus", str(self.cpus)]
        if memory:
            options += ["-m", f"{memory}M"]
        return [self.namu_command, "run", *options, *([root] if root else []), "--", *arguments]

    def namu_flags(self, memory, mode, root=None):
        """The flags that `namu run` gives QEMU, from its own dry run; those of the reference where there is no Namu."""
        if not self.has_namu():
            command = f"qemu -M {REFERENCE_MACHINE} -accel tcg -cpu {REFERENCE_CPU} -m {memory or 256} -smp 1"
        else:
            arguments = self._namu_arguments(["/bench/nbench"], memory, root)
            arguments.insert(2, "--dry-run")
            done = subprocess.run(arguments, env=self._environment(), capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchError(f"namu run --dry-run failed: {done.stderr.strip()}")
            command = done.stdout
        flags = read_flags(command)
        flags["icount"] = ICOUNT if mode == "icount" else ""
        return flags

    def namu(self, arguments, memory=None, mode="wall", root=None, timeout=300):
        """Run a command by `namu run`; memory in MiB, None for its own default; root None for the built-in one."""
        command = self._namu_arguments(arguments, memory, root)
        extra = f"-icount {ICOUNT}" if mode == "icount" else ""
        return observe(command, self._environment(extra), timeout, self.stamp)

    def linux(self, arguments, initrd, flags, timeout=300, devices=()):
        """Run arguments[0] as process 1 of Linux, the other arguments its own, under Namu's flags and with devices."""
        khz = ICOUNT_TSC_KHZ if flags["icount"] else self.tsc_khz
        command = [self.stand_in]
        options = [o for o in flags["machine"].split(",") if o.split("=")[0] not in LINUX_NEEDS]
        if devices or flags["smp"] != "1":  # Linux finds its devices and further processors through ACPI
            options = ["acpi=on" if o == "acpi=off" else o for o in options]
        command += ["-M", ",".join(options), "-accel", flags["accel"], "-cpu", flags["cpu"]]
        command += ["-m", f"{flags['m']}M", "-smp", flags["smp"]]
        command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"]
        if flags["icount"]:
            command += ["-icount", flags["icount"]]
        line = f"{LINUX_COMMAND_LINE} tsc_early_khz={khz} rdinit=/{arguments[0]}"
        if arguments[1:]:
            line += " -- " + " ".join(arguments[1:])
        command += ["-kernel", self.bench + "/linux/vmlinuz", "-initrd", initrd, "-append", line]
        command += devices
        return observe(command, self._environment(), timeout, self.stamp)
