"""What the tests of the `namu` command share: how they are declared and run, and how they start the command.

A test is a function that takes a Namu and raises Failure. It is run with a played machine (fake_qemu.py, which tests
the command alone) or with a real one, or with both in turn; `on` says which. test_machines.py names those that run
on a real machine of another kind as well.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD") or os.path.join(HERE, "..", "..", "build")
NAMU = os.path.abspath(os.environ.get("HOST") or os.path.join(BUILD, "namu"))
KERNEL = os.path.abspath(os.environ.get("KERNEL") or os.path.join(BUILD, "namu.elf"))
ROOT = os.path.abspath(os.environ.get("ROOT") or os.path.join(BUILD, "root.erofs"))

# A time that only a hang can reach, on however busy a host.
LIMIT_S = int(os.environ.get("LIMIT_S", 300))

# A played machine; the usual real one; other real ones.
KINDS = ["fake", "real", "q35"]

TESTS = []


class Failure(Exception):
    pass


def test(on="both"):
    """Declares a test; its name is the function's, its text the first line of the documentation."""

    def declare(function):
        for kind in ("fake", "real") if on == "both" else (on,):
            TESTS.append((kind, function))
        return function

    return declare


def same(what, got, expected):
    if got != expected:
        raise Failure(f"{what}: expected {short(expected)}, got {short(got)}")


def true(what, condition, detail=""):
    if not condition:
        raise Failure(f"{what} {short(detail) if detail else ''}")


def matches(what, got, pattern):
    text = got.decode("utf-8", "replace") if isinstance(got, bytes) else got
    if not re.search(pattern, text):
        raise Failure(f"{what}: expected something like {pattern!r}, got {short(got)}")


def short(value):
    text = repr(value)
    return text if len(text) < 600 else f"{text[:300]} ... {text[-200:]} ({len(value)} long)"


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self):
        return f"status {self.code}, stdout {short(self.out)}, stderr {short(self.err)}"

    def expect(self, code=0, out=None, err=None):
        """Status, stdout and stderr exactly; None leaves out."""
        if self.code != code or (out is not None and self.out != out) or (err is not None and self.err != err):
            raise Failure(f"expected status {code}, stdout {short(out)}, stderr {short(err)}; got {self}")
        return self

    def expect_own_failure(self, pattern, code=125):
        """Nothing on stdout, one clear line on stderr."""
        lines = self.err.decode("utf-8", "replace").splitlines()
        if self.code != code or self.out or len(lines) != 1 or not lines[0].startswith("namu: "):
            raise Failure(f"expected status {code} and one line from namu on stderr; got {self}")
        matches("the line on stderr", self.err, pattern)
        return self


def wait_until(what, condition):
    """Waits for something that comes in its own time."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise Failure(f"waited in vain for {what}")


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def send_signal(process, number):
    """Sends a signal and waits until it is taken: of two that wait, one is lost."""
    process.send_signal(number)

    def is_taken():
        try:
            with open(f"/proc/{process.pid}/status") as file:
                waiting = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd:", "ShdPnd:"))]
        except OSError:
            return True
        return not any(bits >> (number - 1) & 1 for bits in waiting)

    wait_until("the signal to be taken", is_taken)


class Namu:
    """The command in surroundings of its own: a directory, a home, a cache. One for each test."""

    def __init__(self, kind, directory):
        self.kind = kind
        self.directory = directory
        self.data = os.path.join(directory, "data")
        os.mkdir(self.data)
        os.mkdir(self.path("home"))
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": self.path("home"),
            "LANG": "C.UTF-8",
            "NAMU_DATA": self.data,
            "TMPDIR": directory,
        }
        os.symlink(ROOT, os.path.join(self.data, "root.erofs"))
        self.machine = [] if kind in ("fake", "real") else ["--machine", kind]
        if kind == "fake":
            self.env["NAMU_QEMU"] = os.path.join(HERE, "fake_qemu.py")
            with open(os.path.join(self.data, "namu.elf"), "wb") as file:
                file.write(b"\x7fELF played")
        else:
            os.symlink(KERNEL, os.path.join(self.data, "namu.elf"))

    @property
    def is_real(self):
        return self.kind != "fake"

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, data, mode=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        if mode is not None:
            os.chmod(path, mode)
        return path

    def start(self, *words, env=None, **streams):
        """Starts the command; streams as Popen takes them, pipes by default."""
        for name in ("stdin", "stdout", "stderr"):
            streams.setdefault(name, subprocess.PIPE)
        streams.setdefault("cwd", self.directory)
        if words[:1] == ("run",):
            words = ("run", *self.machine, *words[1:])
        return subprocess.Popen([NAMU, *words], env={**self.env, **(env or {})}, **streams)

    def call(self, *words, data=b"", env=None, **streams):
        """Runs the command to its end with that input."""
        if "stdin" not in streams and not data:
            streams["stdin"] = subprocess.DEVNULL
        process = self.start(*words, env=env, **streams)
        return self.finish(process, data if streams.get("stdin") is None else None)

    def finish(self, process, data=None):
        try:
            out, err = process.communicate(data or None, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise Failure(f"did not end in {LIMIT_S} s: {Result(None, out, err)}") from None
        return Result(process.returncode, out, err)

    def run(self, *command, options=(), root=None, **rest):
        """namu run OPTIONS [ROOT] -- COMMAND"""
        return self.call("run", *options, *([root] if root else []), "--", *command, **rest)

    def start_run(self, *command, options=(), **rest):
        return self.start("run", *options, "--", *command, **rest)

    def shell(self, script, **rest):
        return self.run("sh", "-c", script, **rest)

    def machine_of(self, process):
        """The process id of the machine of a run."""
        return wait_until("the machine", lambda: children_of(process.pid))[0]


def read_line(stream):
    """A line from a process that is still running, within the limit."""
    result = []
    thread = threading.Thread(target=lambda: result.append(stream.readline()), daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    if not result:
        raise Failure("waited in vain for a line")
    return result[0]


def run_one(number, kind, function):
    directory = tempfile.mkdtemp(prefix="namu-test-")
    title = f"{kind}: {function.__module__.removeprefix('test_')}: {(function.__doc__ or function.__name__).strip()}"
    try:
        function(Namu(kind, directory))
        return True, f"ok {number} - {title}"
    except Failure as failure:
        return False, f"not ok {number} - {title}\n# {failure}"
    except Exception:
        return False, f"not ok {number} - {title}\n# " + traceback.format_exc().replace("\n", "\n# ")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main(words):
    """[fake|real|q35] [-j N] [PART OF A NAME...]"""
    kinds = [word for word in words if word in KINDS] or KINDS
    jobs = int(words[words.index("-j") + 1]) if "-j" in words else 2
    parts = [w for i, w in enumerate(words) if w not in (*KINDS, "-j") and (i == 0 or words[i - 1] != "-j")]
    chosen = [
        (kind, function)
        for kind, function in TESTS
        if kind in kinds
        and (not parts or any(part in f"{function.__module__}.{function.__name__}" for part in parts))
    ]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(run_one, i + 1, *each) for i, each in enumerate(chosen)]
        for run in runs:
            is_good, text = run.result()
            failed += not is_good
            print(text, flush=True)
    print(f"# host: {len(chosen) - failed} passed, {failed} failed", flush=True)
    return 1 if failed or not chosen else 0
