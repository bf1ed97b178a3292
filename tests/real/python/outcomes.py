"""Runs one of Python's own test files inside a root and says how each of its tests ended.

outcomes.py NAME TIMEOUT: the report of the tests goes to standard output, which ends with a line `= ID OUTCOME` for each test."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def raise_loopback():
    """Linux starts a network namespace with its loopback interface down."""
    try:
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    except OSError:
        pass


def run_inside(name, path):
    """Run the tests in this process, with a result that writes each outcome down when it is known."""
    from test import libregrtest
    from test.support import testresult

    outcomes = open(path, "w", encoding="utf-8", buffering=1)

    class Recorder(testresult.RegressionTestResult):
        """The usual result, and a line for each test. Failed subtests make a failed test."""

        outcome = None

        def startTest(self, test):
            self.outcome = None
            super().startTest(test)

        def stopTest(self, test):
            super().stopTest(test)
            print(test.id(), self.outcome or "ok", file=outcomes)

        def note(self, outcome):
            if self.outcome not in ("failed", "error"):
                self.outcome = outcome

        def addError(self, test, err):
            self.note("error")
            super().addError(test, err)
            if not hasattr(test, "_testMethodName"):  # setUpClass, setUpModule
                print(str(test).replace(" ", "_"), "error", file=outcomes)

        def addFailure(self, test, err):
            self.note("failed")
            super().addFailure(test, err)

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.note("failed")
            super().addSubTest(test, subtest, err)

        def addSkip(self, test, reason):
            self.note("skipped")
            super().addSkip(test, reason)
            if not hasattr(test, "_testMethodName"):
                print(str(test).replace(" ", "_"), "skipped", file=outcomes)

        def addExpectedFailure(self, test, err):
            self.note("expected")
            super().addExpectedFailure(test, err)

        def addUnexpectedSuccess(self, test):
            self.note("unexpected")
            super().addUnexpectedSuccess(test)

    testresult.RegressionTestResult = Recorder
    # Sockets of loopback need the resource "network". A host that is a hypervisor's guest itself may have a way to it (vsock)
    # at whose end nobody answers.
    libregrtest.main([name], verbose=1, use_resources=["network"], ignore_tests=["*VSOCK*"])


def main():
    name, limit = sys.argv[1], int(sys.argv[2])
    raise_loopback()
    with tempfile.NamedTemporaryFile() as file:
        command = [sys.executable, __file__, "--inside", name, file.name]
        ending = "ended"
        try:
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=limit).returncode
            if status not in (0, 2, 3):
                ending = f"status {status}"
        except subprocess.TimeoutExpired:
            ending = "hung"
        lines = file.read().decode().split("\n")
    sys.stdout.flush()
    for line in lines:
        if line:
            print("=", line)
    print("=", name, ending.replace(" ", "-"), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        sys.argv, arguments = [sys.argv[0], *sys.argv[4:]], sys.argv[2:4]
        run_inside(*arguments)
    else:
        main()
