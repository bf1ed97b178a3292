"""Signals to the command, and that no machine is ever left behind."""
import os
import signal
import subprocess
import time

from harness import children_of, is_alive, read_line, same, send_signal, test, true, wait_until

# A shell that says when it is ready, then waits for a signal, whatever becomes of its children.
LOOP = "while :; do sleep 0.1; done"


def start_ready(namu, script, **rest):
    process = namu.start_run("sh", "-c", "echo ready; " + script if "trap" not in script else script, **rest)
    same("first line", read_line(process.stdout), b"ready\n")
    return process


@test()
def forwarded(namu):
    """SIGTERM, SIGINT, SIGHUP and SIGQUIT reach the program"""
    for number, name in ((15, "TERM"), (2, "INT"), (1, "HUP"), (3, "QUIT")):
        process = start_ready(namu, f"trap 'echo got; exit 3' {name}; echo ready; {LOOP}")
        process.send_signal(number)
        namu.finish(process).expect(3, b"got\n")


@test()
def default_action(namu):
    """a program without a handler ends by the signal"""
    for number in (15, 2):
        process = namu.start_run("sh", "-c", "echo ready; exec sleep 1000")
        same("first line", read_line(process.stdout), b"ready\n")
        process.send_signal(number)
        namu.finish(process).expect(128 + number, b"", b"")


@test()
def early_signal(namu):
    """a signal that comes during the boot is not lost"""
    for wait_s in (0, 0.01, 0.05):
        process = namu.start_run("sleep", "1000")
        namu.machine_of(process)
        time.sleep(wait_s)
        process.terminate()
        namu.finish(process).expect(128 + 15, b"", b"")


@test()
def whole_group(namu):
    """the signal reaches every process of the foreground group"""
    # Both traps are set before the line.
    script = "trap 'wait; exit 7' TERM; (trap 'echo child; exit' TERM; echo ready; %s) & %s" % (LOOP, LOOP)
    process = namu.start_run("sh", "-c", script)
    same("first line", read_line(process.stdout), b"ready\n")
    process.terminate()
    namu.finish(process).expect(7, b"child\n")


@test("real")
def fork_bomb(namu):
    """a fork bomb is ended by one signal, or by --timeout"""
    bomb = "echo ready; b() { b | b & }; (b) & exec sleep 1000"
    with open(os.devnull, "wb") as nowhere:
        process = namu.start_run("sh", "-c", bomb, stderr=nowhere)
        same("first line", read_line(process.stdout), b"ready\n")
        time.sleep(1)
        process.terminate()
        namu.finish(process).expect(128 + 15, b"")
        result = namu.shell(bomb, options=["--timeout", "3"], stderr=nowhere).expect(124)
        # The limit counts from the start of the machine, which may come first on a slow host.
        true("it ran, or was not there yet", result.out in (b"ready\n", b""), result)


@test()
def second_signal(namu):
    """a second signal ends the machine of a program that ignores the first"""
    for number in (15, 2):
        process = start_ready(namu, f"trap 'echo again' TERM INT; echo ready; {LOOP}")
        machine = namu.machine_of(process)
        process.send_signal(number)
        same("the first one is taken", read_line(process.stdout), b"again\n")
        process.send_signal(number)
        same("status", namu.finish(process).code, 128 + number)
        true("the machine is gone", not is_alive(machine))


@test("fake")
def hanging_machine(namu):
    """two signals end a machine that hangs"""
    process = namu.start_run("fake:hang")
    machine = namu.machine_of(process)
    send_signal(process, signal.SIGTERM)
    process.terminate()
    same("status", namu.finish(process).code, 128 + 15)
    true("the machine is gone", not is_alive(machine))


@test()
def killed_command(namu):
    """SIGKILL of the command ends the machine"""
    process = start_ready(namu, "sleep 1000")
    machine = namu.machine_of(process)
    process.kill()
    namu.finish(process)
    wait_until("the machine's end", lambda: not is_alive(machine))


@test()
def killed_early(namu):
    """SIGKILL of the command at any moment of the start leaves no machine"""
    for i in range(12):
        process = namu.start_run("sleep", "1000")
        time.sleep(i * 0.005)
        machines = children_of(process.pid)
        process.kill()
        namu.finish(process)
        for machine in machines:
            wait_until("the machine's end", lambda pid=machine: not is_alive(pid))


@test()
def killed_machine(namu):
    """SIGKILL of the machine: 125 and a line"""
    process = start_ready(namu, "sleep 1000")
    os.kill(namu.machine_of(process), signal.SIGKILL)
    namu.finish(process).expect_own_failure("killed by signal 9")


@test()
def ignored_signals(namu):
    """signals that were ignored from the start stay ignored: nohup"""

    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start_ready(namu, f"trap 'exit 9' HUP; echo ready; read line; echo $line", preexec_fn=ignore)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    namu.finish(process, b"still here\n").expect(0, b"still here\n")


@test()
def machine_has_its_own_group(namu):
    """the machine is in a process group of its own, so a terminal's signals are the command's to pass on"""
    process = start_ready(namu, "sleep 1000")
    machine = namu.machine_of(process)
    same("group", os.getpgid(machine), machine)
    process.kill()
    namu.finish(process)


@test()
def nothing_inherited(namu):
    """descriptors that the command was given reach neither the machine nor the program"""
    read_end, write_end = os.pipe()
    process = start_ready(namu, "sleep 1000", pass_fds=[write_end])
    machine = namu.machine_of(process)
    held = f"pipe:[{os.fstat(write_end).st_ino}]"
    links = [os.readlink(f"/proc/{machine}/fd/{fd}") for fd in os.listdir(f"/proc/{machine}/fd")]
    process.kill()
    namu.finish(process)
    os.close(read_end)
    os.close(write_end)
    true("not held", held not in links, links)


@test()
def signal_while_output_waits(namu):
    """a signal is heard while nobody takes the output"""
    process = namu.start_run("sh", "-c", "trap 'exit 5' TERM; yes; yes", stdin=subprocess.DEVNULL)
    same("first line", read_line(process.stdout), b"y\n")
    time.sleep(0.5)
    send_signal(process, signal.SIGTERM)
    process.terminate()
    wait_until("the end", lambda: process.poll() is not None)
    true("status", process.returncode in (5, 128 + 15), process.returncode)
    process.stdout.close()
    process.stderr.close()
