"""The exit status, and what --status-fd and --timeout say and do."""
import errno
import json
import os
import struct
import time

from harness import is_alive, matches, read_line, same, test, true, wait_until


@test()
def own_status(namu):
    """the program's own status, from 0 to 255"""
    for status in (0, 1, 42, 124, 125, 255):
        namu.shell(f"exit {status}").expect(status, b"", b"")


@test()
def ended_by_signal(namu):
    """128 + n when signal n ended the program"""
    for number in (1, 2, 6, 9, 11, 15):
        namu.shell(f"kill -{number} $$; sleep 10").expect(128 + number, b"", b"")


@test()
def not_found(namu):
    """127 for what is not there, with a line"""
    namu.run("no-such-program").expect_own_failure("no-such-program.*not found", 127)
    namu.run("no\nsuch\x7f " + "x" * 200).expect_own_failure("not found", 127)
    namu.run("/bin/no-such-program").expect_own_failure("/bin/no-such-program.*not found", 127)


@test()
def not_executable(namu):
    """126 for what cannot be executed, with a line"""
    namu.run("/etc/passwd").expect_own_failure("/etc/passwd", 126)
    namu.run("/tmp").expect_own_failure("/tmp", 126)


@test("real")
def not_a_program(namu):
    """126 for an executable file that is no program"""
    root = namu.path("root")
    namu.write("root/junk", b"\x00\x01\x02 no program", 0o755)
    namu.write("root/cut", b"\x7fELF\x02\x01\x01", 0o755)
    namu.run("/junk", root=root).expect_own_failure("junk", 126)
    namu.run("/cut", root=root).expect_own_failure("cut", 126)


@test("real")
def script_without_interpreter(namu):
    """127 for a script whose interpreter is missing"""
    root = namu.path("root")
    namu.write("root/script", b"#!/no/such/interpreter\n", 0o755)
    same("status", namu.run("/script", root=root).code, 127)


@test()
def in_the_background(namu):
    """the status is the first process's, not that of one left behind"""
    namu.shell("(sleep 0.2; exit 9) & exit 3").expect(3)


def run_with_status(namu, *command, options=()):
    read_end, write_end = os.pipe()
    result = namu.run(*command, options=["--status-fd", str(write_end), *options], pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        return result, [json.loads(line) for line in file.read().decode().splitlines()]


@test()
def status_fd_of_an_exit(namu):
    """--status-fd: started, then ended by exit"""
    result, events = run_with_status(namu, "sh", "-c", "echo x; exit 5")
    result.expect(5, b"x\n", b"")
    same("number of events", len(events), 2)
    same("first", events[0]["event"], "started")
    true("a process id", events[0]["pid"] > 0, events)
    same("last", events[1], {"event": "ended", "status": 5, "signal": None, "reason": "exited", "message": ""})


@test()
def status_fd_of_a_signal(namu):
    """--status-fd: ended by a signal"""
    _, events = run_with_status(namu, "sh", "-c", "kill -9 $$")
    same("last", events[-1], {"event": "ended", "status": 137, "signal": 9, "reason": "signaled", "message": ""})


@test()
def status_fd_of_no_start(namu):
    """--status-fd: not started"""
    _, events = run_with_status(namu, "nothing-there")
    same("events", [(e["event"], e.get("status"), e.get("reason")) for e in events], [("ended", 127, "not-found")])
    _, events = run_with_status(namu, "/etc/passwd")
    same("events", [(e["event"], e.get("status"), e.get("reason")) for e in events], [("ended", 126, "not-executable")])


@test()
def status_fd_of_a_timeout(namu):
    """--status-fd: the time limit"""
    _, events = run_with_status(namu, "sleep", "1000", options=["--timeout", "1"])
    same("last", (events[-1]["status"], events[-1]["reason"]), (124, "timeout"))


@test("fake")
def status_fd_of_an_error(namu):
    """--status-fd: Namu itself failed, and a text with anything in it"""
    result, events = run_with_status(namu, "x", options=["--memory", 'z"\\\n\udcff한'])
    same("status", result.code, 125)
    result, events = run_with_status(namu, "fake:panic")
    same("last", (events[-1]["status"], events[-1]["reason"], events[-1]["message"]), (125, "panic", "the sky fell"))
    result, events = run_with_status(namu, "x", options=['no\n"such\udcff한 root'])
    same("status", result.code, 125)
    same("last", (events[-1]["event"], events[-1]["status"], events[-1]["reason"]), ("ended", 125, "error"))
    matches("text", events[-1]["message"], "한")


@test()
def status_fd_is_not_held(namu):
    """--status-fd: the descriptor ends with the command, the machine does not hold it"""
    read_end, write_end = os.pipe()
    process = namu.start_run("sleep", "1000", options=["--status-fd", str(write_end)], pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        same("event", json.loads(read_line(file))["event"], "started")
        held = f"pipe:[{os.fstat(file.fileno()).st_ino}]"
        machine = namu.machine_of(process)
        links = [os.readlink(f"/proc/{machine}/fd/{fd}") for fd in os.listdir(f"/proc/{machine}/fd")]
        true("the machine does not hold it", held not in links, links)
        process.terminate()
        process.kill()
        same("end", file.read(), b"")
    namu.finish(process)


@test()
def timeout(namu):
    """--timeout ends the machine with 124 and a line, what was written before is there"""
    process = namu.start_run("sh", "-c", "echo before; sleep 1000", options=["--timeout=5.0"])
    machine = namu.machine_of(process)
    result = namu.finish(process)
    result.expect(124, b"before\n")
    matches("line", result.err, "^namu: .*time")
    true("the machine is gone", not is_alive(machine))


@test()
def timeout_that_does_not_come(namu):
    """--timeout does not touch a program that ends before it; 0 is none"""
    namu.shell("exit 3", options=["--timeout", "200"]).expect(3, b"", b"")
    namu.shell("exit 3", options=["--timeout", "0"]).expect(3, b"", b"")


@test()
def timeout_while_output_waits(namu):
    """--timeout ends a run whose output nobody takes"""
    process = namu.start_run("yes", options=["--timeout", "1"])
    wait_until("the end", lambda: process.poll() is not None)
    same("status", process.returncode, 124)
    process.stdout.close()
    process.stderr.close()


@test("fake")
def timeout_is_short(namu):
    """--timeout takes fractions"""
    begin = time.monotonic()
    namu.run("sleep", "1000", options=["--timeout", "0.3"]).expect(124)
    true("at least the limit", time.monotonic() - begin >= 0.3)


@test("fake")
def panic(namu):
    """a panic of the kernel: 125, its text, its log"""
    result = namu.run("fake:panic")
    same("status", result.code, 125)
    matches("first line", result.err, r"^namu: kernel panic: the sky fell\n")
    matches("log", result.err, "at here")
    true("the log before it is left out", b"booting" not in result.err, result)
    result = namu.run("fake:mute-panic")
    same("status", result.code, 125)
    matches("first line", result.err, r"^namu: kernel panic: no port was there\n")
    result = namu.run("fake:late-panic")
    same("status", result.code, 125)
    matches("first line", result.err, r"^namu: kernel panic: on the way out\n")


@test("fake")
def machine_without_result(namu):
    """a machine that ends without a word: 125 and a line"""
    namu.run("fake:silent").expect_own_failure("without a result")
    namu.run("fake:refuse").expect_own_failure("QEMU: -foo: the flag is bad")
    namu.run("fake:bad-user").expect_own_failure("^namu: no such user: x$")
    namu.run("fake:bad-place").expect_own_failure("^namu: tmpfs /x: Not a directory$")
    namu.run("fake:killed").expect_own_failure("killed by signal 9")


@test("fake")
def control_lines_are_not_trusted(namu):
    """lines on the control port that mean nothing are passed over, the first final line stands"""
    namu.run("fake:junk").expect(9, b"", b"")


@test("fake")
def long_log(namu):
    """a kernel that logs without end is no matter; --verbose shows all of it"""
    namu.run("fake:log").expect(0, b"", b"")
    result = namu.run("fake:log", options=["--verbose"])
    same("status", result.code, 0)
    lines = [line for line in result.err.split(b"\n") if not line.startswith(b"namu: ")]
    same("lines", len(lines), 402)
    same("last line", lines[400], b"the last line")


@test("real")
def verbose_shows_the_log(namu):
    """--verbose shows the kernel's log on stderr and nothing of it on stdout"""
    result = namu.run("echo", "x", options=["--verbose"])
    result.expect(0, b"x\n")
    true("a log", len(result.err.splitlines()) >= 2, result)


@test("real")
def unknown_calls_are_said_once(namu):
    """an unknown system call fails with ENOSYS, and --verbose says each once"""
    calls = b"".join(b"\xb8" + struct.pack("<I", number) + b"\x0f\x05" for number in (400, 400, 401, 400))
    # Ends with the last call's error: mov %eax, %edi; neg %edi; mov $231, %eax; syscall.
    code = calls + b"\x89\xc7\xf7\xdf" + b"\xb8" + struct.pack("<I", 231) + b"\x0f\x05"
    at = 0x400000
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, at + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, at, at, 120 + len(code), 120 + len(code), 4096)
    namu.write("root/call", head + segment + code, 0o755)
    namu.run("/call", root=namu.path("root")).expect(errno.ENOSYS, b"", b"")
    result = namu.run("/call", root=namu.path("root"), options=["--verbose"])
    same("status", (result.code, result.out), (errno.ENOSYS, b""))
    for number, times in ((400, 1), (401, 1)):
        same(f"lines about {number}", result.err.count(b"unknown system call %d" % number), times)


@test()
def ordinary_run_is_silent(namu):
    """no banner: stdout and stderr hold the program's bytes alone"""
    namu.run("echo", "x").expect(0, b"x\n", b"")
