"""The terminal: a terminal in the guest when stdin and stdout are one, and given back as it was."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from harness import LIMIT_S, Failure, is_alive, same, test, true, wait_until


class Terminal:
    """A pseudo-terminal with the command at it."""

    def __init__(self, namu, *words, rows=30, columns=100, **streams):
        self.main, self.other = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.other)
        self.seen = b""

        def own():
            os.setsid()
            fcntl.ioctl(self.other, termios.TIOCSCTTY, 0)

        for name in ("stdin", "stdout", "stderr"):
            streams.setdefault(name, self.other)
        self.process = namu.start(*words, env={"TERM": "vt100"}, preexec_fn=own, **streams)

    def resize(self, rows, columns):
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, data):
        os.write(self.main, data)

    def read_some(self, wait_s):
        if select.select([self.main], [], [], wait_s)[0]:
            self.seen += os.read(self.main, 65536)
            return True
        return False

    def expect(self, text):
        """Reads until the text has come; what stands behind it is kept for the next call."""
        end = time.monotonic() + LIMIT_S
        while text not in self.seen:
            if time.monotonic() > end or (self.process.poll() is not None and not self.read_some(0)):
                raise Failure(f"expected {text!r} on the terminal, got {self.seen!r}")
            self.read_some(0.05)
        before, _, self.seen = self.seen.partition(text)
        return before

    def finish(self):
        wait_until("the end", lambda: self.read_some(0.01) and False or self.process.poll() is not None)
        while self.read_some(0.05):
            pass
        return self.process.returncode

    def is_as_before(self):
        return termios.tcgetattr(self.other) == self.before

    def expect_restored(self):
        wait_until("the terminal's mode", self.is_as_before)

    def close(self):
        os.close(self.main)
        os.close(self.other)


def state_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


SHELL = ("run", "--", "sh", "-c")


@test()
def is_a_terminal(namu):
    """the program's three streams are a terminal, its lines end as a terminal's do"""
    terminal = Terminal(namu, *SHELL, "test -t 0 && test -t 1 && test -t 2 && echo yes; exit 3")
    same("status", terminal.finish(), 3)
    same("output", terminal.seen, b"yes\r\n")
    terminal.expect_restored()
    terminal.close()


@test()
def echo_is_the_guests(namu):
    """what is typed is echoed once"""
    terminal = Terminal(namu, *SHELL, "echo ready; read line; echo got $line")
    terminal.expect(b"ready\r\n")
    terminal.type(b"hello\r")
    same("status", terminal.finish(), 0)
    same("output", terminal.seen, b"hello\r\ngot hello\r\n")
    terminal.close()


@test()
def early_keys_are_kept(namu):
    """what is typed during the boot, at whatever moment, is read without another key"""
    for wait_s in (0, 0.02, 0.04, 0.06, 0.1):
        terminal = Terminal(namu, *SHELL, "read line; echo got $line")
        time.sleep(wait_s)
        terminal.type(b"hello\r")
        terminal.expect(b"got hello\r\n")
        same("status", terminal.finish(), 0)
        terminal.close()


@test()
def size_and_type(namu):
    """the terminal's size and TERM reach the program"""
    terminal = Terminal(namu, *SHELL, "stty size; echo $TERM", rows=33, columns=111)
    same("status", terminal.finish(), 0)
    same("output", terminal.seen, b"33 111\r\nvt100\r\n")
    terminal.close()


@test()
def size_changes(namu):
    """a change of the size reaches the program with SIGWINCH"""
    terminal = Terminal(namu, *SHELL, "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done")
    terminal.expect(b"ready\r\n")
    terminal.resize(44, 66)
    terminal.expect(b"44 66\r\n")
    terminal.process.kill()
    terminal.finish()
    terminal.close()


@test()
def interrupt_key(namu):
    """Ctrl-C is the guest terminal's matter"""
    terminal = Terminal(namu, *SHELL, "trap 'echo caught; exit 4' INT; echo ready; while :; do sleep 0.1; done")
    terminal.expect(b"ready\r\n")
    terminal.type(b"\x03")
    same("status", terminal.finish(), 4)
    true("caught", b"caught\r\n" in terminal.seen, terminal.seen)
    terminal.expect_restored()
    terminal.close()


@test()
def end_of_file_key(namu):
    """Ctrl-D ends the input of one read"""
    terminal = Terminal(namu, *SHELL, "echo ready; cat; echo after")
    terminal.expect(b"ready\r\n")
    terminal.type(b"line\r")
    terminal.expect(b"line\r\nline\r\n")
    terminal.type(b"\x04")
    terminal.expect(b"after\r\n")
    same("status", terminal.finish(), 0)
    terminal.close()


@test("real")
def interactive_shell(namu):
    """without a command a shell comes, with a prompt, and leaves with its status"""
    terminal = Terminal(namu, "run")
    terminal.expect(b"# ")
    terminal.type(b"echo $((6*7))\r")
    terminal.expect(b"42\r\n")
    terminal.expect(b"# ")
    terminal.type(b"exit 6\r")
    same("status", terminal.finish(), 6)
    terminal.expect_restored()
    terminal.close()


# It says when it begins and when it is continued, as only then keys are its own; one process, which the keys meet whole;
# one that wakes now and then, as a shell does not see a signal that meets it on its way into a read before that is over.
JOB = (b"sh -c 'mkfifo /tmp/f; exec 3<>/tmp/f; trap \"echo again$((1+1))\" CONT; echo runs$((1+1)); "
       b"while :; do read -t 1 x <&3; done'\r")


@test("real")
def job_control(namu):
    """Ctrl-Z stops, fg goes on, Ctrl-C ends: the shell stays"""
    terminal = Terminal(namu, "run")
    terminal.expect(b"# ")
    terminal.type(JOB)
    terminal.expect(b"runs2\r\n")
    terminal.type(b"\x1a")
    terminal.expect(b"Stopped")
    terminal.expect(b"# ")
    terminal.type(b"fg\r")
    terminal.expect(b"again2\r\n")
    terminal.type(b"\x03")
    terminal.expect(b"# ")
    terminal.type(b"exit 0\r")
    same("status", terminal.finish(), 0)
    terminal.close()


@test()
def big_output(namu):
    """much output on a terminal is whole"""
    terminal = Terminal(namu, *SHELL, "seq 1 20000")
    same("status", terminal.finish(), 0)
    true("all lines", terminal.seen == b"".join(b"%d\r\n" % i for i in range(1, 20001)), terminal.seen)
    terminal.close()


@test()
def raw_while_running(namu):
    """the host's terminal is raw while the program runs"""
    terminal = Terminal(namu, *SHELL, "echo ready; sleep 1000")
    terminal.expect(b"ready\r\n")
    mode = termios.tcgetattr(terminal.other)
    true("no echo, no lines, no signals", not mode[3] & (termios.ECHO | termios.ICANON | termios.ISIG), mode)
    terminal.process.kill()
    terminal.finish()
    terminal.expect_restored()
    terminal.close()


@test()
def restored_after_killed_command(namu):
    """the terminal is given back after SIGKILL of the command"""
    terminal = Terminal(namu, *SHELL, "echo ready; sleep 1000")
    terminal.expect(b"ready\r\n")
    machine = namu.machine_of(terminal.process)
    terminal.process.kill()
    terminal.finish()
    terminal.expect_restored()
    wait_until("the machine's end", lambda: not is_alive(machine))
    terminal.close()


@test()
def restored_after_killed_machine(namu):
    """the terminal is given back after SIGKILL of the machine"""
    terminal = Terminal(namu, *SHELL, "echo ready; sleep 1000")
    terminal.expect(b"ready\r\n")
    os.kill(namu.machine_of(terminal.process), signal.SIGKILL)
    same("status", terminal.finish(), 125)
    true("line", b"namu: the virtual machine was killed by signal 9\r\n" in terminal.seen, terminal.seen)
    terminal.expect_restored()
    terminal.close()


@test()
def restored_after_signals(namu):
    """the terminal is given back after signals, a time limit, a command that is not there"""
    terminal = Terminal(namu, *SHELL, "trap 'echo one' TERM; echo ready; while :; do sleep 0.1; done")
    terminal.expect(b"ready\r\n")
    terminal.process.send_signal(signal.SIGTERM)
    terminal.expect(b"one\r\n")
    terminal.process.send_signal(signal.SIGTERM)
    same("status", terminal.finish(), 128 + 15)
    terminal.expect_restored()
    terminal.close()
    for words, status in ((("--timeout=2", "--", "sleep", "1000"), 124), (("--", "no-such-program"), 127)):
        terminal = Terminal(namu, "run", *words)
        same("status", terminal.finish(), status)
        terminal.expect_restored()
        terminal.close()


@test()
def stopped_and_continued(namu):
    """after a stop and a continuation the terminal is raw again"""
    terminal = Terminal(namu, *SHELL, "echo ready; read line; echo got $line")
    terminal.expect(b"ready\r\n")
    terminal.process.send_signal(signal.SIGSTOP)
    wait_until("the stop", lambda: state_of(terminal.process.pid) == "T")
    termios.tcsetattr(terminal.other, termios.TCSANOW, terminal.before)
    terminal.process.send_signal(signal.SIGCONT)
    wait_until("raw mode", lambda: not termios.tcgetattr(terminal.other)[3] & termios.ECHO)
    terminal.type(b"x\r")
    terminal.expect(b"got x\r\n")
    same("status", terminal.finish(), 0)
    terminal.close()


@test()
def terminal_hangs_up(namu):
    """when the terminal goes away, so does the run"""
    terminal = Terminal(namu, *SHELL, "echo ready; sleep 1000")
    terminal.expect(b"ready\r\n")
    machine = namu.machine_of(terminal.process)
    os.close(terminal.other)
    os.close(terminal.main)
    wait_until("the end", lambda: terminal.process.poll() is not None)
    true("the machine is gone", not is_alive(machine))


@test()
def not_when_output_is_a_pipe(namu):
    """no terminal when stdout is a pipe: nothing of the terminal is changed, what is typed arrives by lines"""
    read_end, write_end = os.pipe()
    terminal = Terminal(namu, *SHELL, "test -t 0 || echo none; read line; echo got $line", stdout=write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        same("line", file.readline(), b"none\n")
        true("as before", terminal.is_as_before())
        terminal.type(b"hello\n")
        same("rest", file.read(), b"got hello\n")
    same("status", terminal.finish(), 0)
    terminal.close()


@test()
def not_when_input_is_a_file(namu):
    """no terminal when stdin is a file"""
    with open(namu.write("input", b"x\n"), "rb") as file:
        terminal = Terminal(namu, *SHELL, "test -t 1 || echo none; cat", stdin=file)
        same("status", terminal.finish(), 0)
    # The host's terminal makes "\r\n" of the bytes, as of any program's.
    same("output", terminal.seen, b"none\r\nx\r\n")
    terminal.close()


@test("fake")
def log_at_a_terminal(namu):
    """the log's lines end as a raw terminal wants them"""
    terminal = Terminal(namu, "run", "--verbose", "--", "fake:log")
    same("status", terminal.finish(), 0)
    lines = [line for line in terminal.seen.split(b"\r\n") if not line.startswith(b"namu: ")]
    same("lines", len(lines), 402)
    same("the last one", lines[400], b"the last line")
    true("no other line ends", b"\n" not in terminal.seen.replace(b"\r\n", b""))
    terminal.close()


@test("real")
def stderr_apart_at_a_terminal(namu):
    """2> catches stderr alone at a terminal too"""
    path = namu.path("errors")
    with open(path, "wb") as file:
        terminal = Terminal(namu, *SHELL, "echo out; echo err >&2", stderr=file)
        same("status", terminal.finish(), 0)
    same("terminal", terminal.seen, b"out\r\n")
    with open(path, "rb") as file:
        same("file", file.read(), b"err\n")
    terminal.close()
