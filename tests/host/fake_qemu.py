#!/usr/bin/python3
"""Plays QEMU and a guest for the tests of the `namu` command alone.

It takes the command line that namu gives to QEMU, reads the start record as strictly as the kernel does, and runs the
command on the host itself, with the streams joined to the ports. Names that begin with "fake:" are ends that a real
guest should never come to.
"""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

MAGIC = 0x54525453554D414E
ARG, ENV, CWD, USER, HOSTNAME, TMPFS, SEED, ENTROPY, CLOCK, TTY, STDIN, READONLY, SHARE, TRACE = range(1, 15)
DONE, PANIC = 0x10 << 1 | 1, 0x11 << 1 | 1


def read_record(path):
    data = open(path, "rb").read()
    magic, version, total = struct.unpack_from("<QII", data)
    assert magic == MAGIC and version == 1 and total == len(data), "bad header"
    items, at = {}, 16
    while at < total:
        kind, count = struct.unpack_from("<II", data, at)
        payload = data[at + 8 : at + 8 + count]
        assert len(payload) == count and ARG <= kind <= TRACE, "bad item"
        pad = data[at + 8 + count : at + 8 + (count + 7) // 8 * 8]
        assert not any(pad), "padding is not zero"
        items.setdefault(kind, []).append(payload)
        at += 8 + (count + 7) // 8 * 8
    assert at == total and items.get(ARG), "bad end or no command"
    return items


class Ports:
    """The channels by name, from QEMU's command line."""

    def __init__(self, words):
        self.of = {}
        for option, value in zip(words, words[1:]):
            match = re.fullmatch(r"(socket|file),id=(\w+),(?:fd|path)=(.*)", value) if option == "-chardev" else None
            if match and match[1] == "socket":
                self.of[match[2]] = socket.socket(fileno=int(match[3]))
            elif match:
                self.of[match[2]] = open(match[3], "wb", buffering=0)

    def write(self, name, data):
        port = self.of[name]
        if isinstance(port, socket.socket):
            port.sendall(data)
        else:
            os.write(port.fileno(), data)

    def say(self, line):
        self.write("ctl", line.encode() + b"\n")

    def log(self, text):
        self.write("log", text.encode())


class Guest:
    def __init__(self, ports, items):
        self.ports = ports
        self.items = items
        self.child = None
        self.stdin = -1
        self.eof = None
        self.given = 0
        self.lock = threading.Lock()
        self.gone = set()  # streams whose reader has gone

    def end_input_when_due(self):
        with self.lock:
            if self.eof is not None and self.given >= self.eof and self.stdin >= 0:
                os.close(self.stdin)
                self.stdin = -1

    def control(self):
        """Lines from namu."""
        for line in self.ports.of["ctl"].makefile("r"):
            words = line.split()
            if words[0] == "signal":
                os.killpg(self.child.pid, int(words[1]))
            elif words[0] == "eof":
                self.eof = int(words[1])
                self.end_input_when_due()
            elif words[0] == "winsize":
                size = struct.pack("HHHH", int(words[1]), int(words[2]), 0, 0)
                fcntl.ioctl(self.stdin, termios.TIOCSWINSZ, size)
            elif words[0] == "hangup":
                self.gone.add(words[1])


def drain(guest, name, fd):
    """Bytes of the program into a port. When the reader has gone, so does this end of the program's pipe."""
    while name not in guest.gone:
        if not select.select([fd], [], [], 0.02)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            return
        if not data:
            return
        guest.ports.write(name, data)
    os.close(fd)


def feed_pipe(guest):
    """Bytes of namu.in into the program's stdin, up to the announced end."""
    while True:
        data = guest.ports.of["in"].recv(65536)
        if not data:
            return
        count = len(data)
        while data and guest.stdin >= 0:
            try:
                data = data[os.write(guest.stdin, data) :]
            except OSError:
                break
        guest.given += count
        guest.end_input_when_due()


def feed_terminal(guest):
    while True:
        data = guest.ports.of["tty"].recv(65536)
        if not data:
            return
        os.write(guest.stdin, data)


def text_of(items, kind):
    return [payload.decode("utf-8", "surrogateescape") for payload in items.get(kind, [])]


def start_child(guest, command, env, cwd):
    items, ports = guest.items, guest.ports
    if TTY in items:
        rows, columns = struct.unpack("<II", items[TTY][0])
        main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        guest.child = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=other, stdout=other, stderr=other, preexec_fn=own_terminal
        )
        os.close(other)
        guest.stdin = main
        return [("tty", main)]
    stdin = subprocess.PIPE
    if STDIN in items:
        stdin = os.memfd_create("stdin")
        os.write(stdin, items[STDIN][0]) if items[STDIN][0] else None
        os.lseek(stdin, 0, os.SEEK_SET)
    guest.child = subprocess.Popen(
        command, env=env, cwd=cwd, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=os.setsid
    )
    if STDIN not in items:
        guest.stdin = os.dup(guest.child.stdin.fileno())
        guest.child.stdin.close()
    return [("out", os.dup(guest.child.stdout.fileno())), ("err", os.dup(guest.child.stderr.fileno()))]


def play_ends(ports, command):
    """The ends that no program comes to. Returns an exit status of QEMU, or None for a program."""
    name = command[0]
    if name == "fake:panic":
        ports.log("booting\npanic: the sky fell\n  at here\n")
        ports.say("panic the sky fell")
        return PANIC
    if name == "fake:mute-panic":
        ports.log("panic: no port was there\n")
        return PANIC
    if name == "fake:late-panic":
        ports.say("started 1")
        ports.say("exited 0")
        ports.log("panic: on the way out\n")
        return PANIC
    if name == "fake:silent":
        return DONE
    if name == "fake:refuse":
        sys.stderr.write("qemu-system-x86_64: -foo: the flag is bad\n")
        return 1
    if name == "fake:junk":
        for line in ("", "exited", "exited 256", "exited -1", "started x", "x" * 10000, "signaled 0", "signaled 99"):
            ports.say(line)
        ports.write("ctl", bytes(range(256)))
        ports.say("\nstarted 7\nexited 9\nexited 3\nfailed 2 late")
        return DONE
    if name == "fake:bad-user":
        ports.say("failed 22 no such user: x")
        return DONE
    if name == "fake:bad-place":
        ports.say("failed 20 tmpfs /x")
        return DONE
    if name == "fake:killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "fake:hang":
        ports.say("started 1")
        while True:
            time.sleep(1000)
    if name == "fake:log":
        ports.say("started 1")
        for _ in range(400):
            ports.log(("noise " * 1000) + "\n")
        ports.log("the last line\n")
        ports.say("exited 0")
        return DONE
    return None


def main():
    words = sys.argv[1:]
    if words == ["--version"]:
        print("QEMU emulator version 7.2 (fake)")
        return 0
    record = [v for o, v in zip(words, words[1:]) if o == "-fw_cfg"][0]
    items = read_record(record.split("file=", 1)[1])
    ports = Ports(words)
    command = text_of(items, ARG)
    status = play_ends(ports, command)
    if status is not None:
        return status
    guest = Guest(ports, items)
    env = dict(e.split("=", 1) for e in text_of(items, ENV))
    env["FAKE_RECORD"] = " ".join(f"{k}:{v[0].hex()}" for k, v in sorted(items.items()) if k not in (ARG, ENV, STDIN))
    env["FAKE_WORDS"] = "\x1f".join(words)
    try:
        drains = start_child(guest, command, env, (text_of(items, CWD) or ["/"])[0])
    except OSError as error:
        ports.say(f"failed {error.errno} {command[0]}")
        return DONE
    for stream in (guest.child.stdout, guest.child.stderr):
        if stream:
            stream.close()
    ports.say(f"started {guest.child.pid}")
    threading.Thread(target=guest.control, daemon=True).start()
    if "in" in ports.of:
        threading.Thread(target=feed_pipe, args=(guest,), daemon=True).start()
    if "tty" in ports.of:
        threading.Thread(target=feed_terminal, args=(guest,), daemon=True).start()
    threads = [threading.Thread(target=drain, args=(guest, name, fd)) for name, fd in drains]
    for thread in threads:
        thread.start()
    code = guest.child.wait()
    for thread in threads:
        thread.join()
    ports.say(f"exited {code}" if code >= 0 else f"signaled {-code}")
    return DONE


if __name__ == "__main__":
    sys.stderr.flush()
    status = main()
    sys.stdout.flush()
    os._exit(status)
