"""stdin, stdout and stderr: apart, byte for byte, to the last byte."""
import os
import socket
import subprocess

from harness import Failure, read_line, same, test, true, wait_until

BIG = 5_000_000


@test()
def big_binary_round_trip(namu):
    """5 MB of random bytes come back as they went"""
    data = os.urandom(BIG)
    result = namu.run("cat", data=data)
    same("status", result.code, 0)
    true("the same bytes come back", result.out == data, f"{len(result.out)} bytes")
    same("stderr", result.err, b"")


@test()
def every_byte_value(namu):
    """all 256 byte values pass both ways, line ends unchanged"""
    data = bytes(range(256)) * 3 + b"\r\n\n\r\x00\x04\x1a"
    namu.run("cat", data=data).expect(0, data, b"")


@test()
def streams_are_apart(namu):
    """stdout and stderr do not mix"""
    namu.shell("echo to-out; echo to-err >&2; echo again").expect(0, b"to-out\nagain\n", b"to-err\n")


@test()
def nothing_is_added(namu):
    """stdout and stderr of a program that says nothing are empty"""
    namu.run("true").expect(0, b"", b"")


@test()
def last_byte_without_line_end(namu):
    """output without a line's end at its end is whole"""
    namu.shell("printf abc; printf def >&2").expect(0, b"abc", b"def")


@test()
def end_of_input(namu):
    """the end of input reaches the program"""
    same("count", namu.run("wc", "-c", data=b"x" * 1234).expect(0).out.strip(), b"1234")
    namu.shell("cat; echo end", data=b"one\ntwo").expect(0, b"one\ntwoend\n", b"")


@test()
def empty_input(namu):
    """input that ends at once"""
    namu.shell("cat; echo end").expect(0, b"end\n", b"")


@test()
def input_from_a_file(namu):
    """input from a file, from its current place"""
    path = namu.write("input", b"skipped\nread\n")
    with open(path, "rb", buffering=0) as file:
        file.seek(8)
        namu.run("cat", stdin=file).expect(0, b"read\n", b"")


@test()
def output_to_a_file(namu):
    """output to a file that is appended to"""
    path = namu.write("output", b"before\n")
    with open(path, "ab") as file:
        namu.shell("echo after; echo error >&2", stdout=file, stderr=file).expect(0)
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    same("first line", lines[0], b"before")
    same("the others", sorted(lines[1:]), [b"", b"after", b"error"])


@test()
def output_to_a_socket(namu):
    """stdin and stdout are sockets"""
    ours, theirs = socket.socketpair()
    process = namu.start_run("cat", stdin=theirs, stdout=theirs)
    theirs.close()
    ours.sendall(b"through a socket")
    ours.shutdown(socket.SHUT_WR)
    got = b""
    while part := ours.recv(100):
        got += part
    same("bytes", got, b"through a socket")
    same("status", namu.finish(process).code, 0)


@test()
def early_bytes_are_kept(namu):
    """what is given before the boot is there after it"""
    process = namu.start_run("head", "-n1")
    process.stdin.write(b"early\n")
    process.stdin.flush()
    same("line", read_line(process.stdout), b"early\n")
    same("status", namu.finish(process).code, 0)


@test()
def dialogue(namu):
    """a question and an answer, again and again, without any end of input"""
    process = namu.start_run("cat")
    for i in range(20):
        line = b"line %d\n" % i
        process.stdin.write(line)
        process.stdin.flush()
        same("answer", read_line(process.stdout), line)
    same("status", namu.finish(process).code, 0)


@test()
def endless_input(namu):
    """a program that ends before its input does: yes | namu run -- head -1"""
    feeder = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
    process = namu.start_run("head", "-n1", stdin=feeder.stdout)
    feeder.stdout.close()
    namu.finish(process).expect(0, b"y\n", b"")
    feeder.wait(60)


@test()
def reader_goes_away(namu):
    """a reader that goes away ends the program by SIGPIPE"""
    process = namu.start_run("yes")
    same("line", read_line(process.stdout), b"y\n")
    process.stdout.close()
    process.stdout = None
    same("status", namu.finish(process).code, 128 + 13)


@test()
def reader_gone_from_the_start(namu):
    """stdout whose reader is gone before the program writes"""
    read_end, write_end = os.pipe()
    os.close(read_end)
    # Some writes go well before the machine has heard of it.
    result = namu.shell("while echo lost; do sleep 0.1; done; echo failed >&2", stdout=write_end)
    os.close(write_end)
    true("a write failed", result.code == 128 + 13 or b"failed" in result.err, result)


@test()
def stderr_reader_goes_away(namu):
    """a reader of stderr that goes away leaves stdout alone"""
    read_end, write_end = os.pipe()
    os.close(read_end)
    result = namu.shell("trap '' PIPE; sleep 0.5; echo lost >&2; echo kept", stderr=write_end)
    os.close(write_end)
    same("stdout", result.out, b"kept\n")


@test()
def one_stream_is_not_read(namu):
    """while nobody reads stdout, stderr flows"""
    process = namu.start_run(
        "sh", "-c", "(yes | head -c 3000000) & echo ready >&2; wait; echo done >&2"
    )
    same("stderr", read_line(process.stderr), b"ready\n")
    total = 0
    while part := os.read(process.stdout.fileno(), 65536):
        total += len(part)
    same("bytes on stdout", total, 3_000_000)
    namu.finish(process).expect(0)


@test()
def slow_reader(namu):
    """a slow reader gets every byte"""
    process = namu.start_run("sh", "-c", "seq 1 200000")
    got = []
    for _ in range(20):
        got.append(os.read(process.stdout.fileno(), 1000))
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            pass
    rest = namu.finish(process)
    same("status", rest.code, 0)
    expected = b"".join(b"%d\n" % i for i in range(1, 200001))
    true("all numbers", b"".join(got) + rest.out == expected)


@test()
def both_outputs_are_big(namu):
    """3 MB on each of the outputs at once"""
    result = namu.shell("(yes out | head -c 3000000) & (yes err | head -c 3000000) >&2; wait")
    same("status", result.code, 0)
    true("stdout", result.out == (b"out\n" * 750000), f"{len(result.out)} bytes")
    true("stderr", result.err == (b"err\n" * 750000), f"{len(result.err)} bytes")


@test()
def one_pipe_for_both(namu):
    """stdout and stderr go to one pipe: 2>&1"""
    result = namu.shell("echo one; echo two >&2", stderr=subprocess.STDOUT)
    same("lines", sorted(result.out.split()), [b"one", b"two"])


@test()
def closed_stdin(namu):
    """stdin is closed: <&-"""
    namu.shell("cat; echo end", stdin=None, preexec_fn=lambda: os.close(0)).expect(0, b"end\n", b"")


@test()
def closed_stdout(namu):
    """stdout is closed: >&-"""
    result = namu.shell("echo to-err >&2; exit 4", preexec_fn=lambda: os.close(1))
    same("status", result.code, 4)
    same("stderr", result.err, b"to-err\n")


@test()
def full_device(namu):
    """output that cannot be written is not passed over: > /dev/full"""
    with open("/dev/full", "wb") as file:
        result = namu.shell("trap '' PIPE; echo lost; true", stdout=file)
    true("status is not 0", result.code != 0, result)
    true("a line says why", b"No space left" in result.err, result)


@test()
def streams_are_left_as_they_were(namu):
    """the descriptors given are not made non-blocking"""
    import fcntl

    read_end, write_end = os.pipe()
    namu.run("echo", "x", stdout=write_end).expect(0)
    true("blocking", not fcntl.fcntl(write_end, fcntl.F_GETFL) & os.O_NONBLOCK)
    os.close(read_end)
    os.close(write_end)


@test()
def pipeline(namu):
    """several runs in one pipeline"""
    first = namu.start_run("sh", "-c", "seq 1 20000", stdin=subprocess.DEVNULL)
    second = namu.start_run("sort", "-rn", stdin=first.stdout)
    first.stdout.close()
    third = namu.start_run("head", "-n3", stdin=second.stdout)
    second.stdout.close()
    namu.finish(third).expect(0, b"20000\n19999\n19998\n", b"")
    wait_until("the first", lambda: first.poll() is not None)
    wait_until("the second", lambda: second.poll() is not None)
    first.stderr.close()
    second.stderr.close()
    same("status of the first", first.returncode, 0)


@test()
def many_at_once(namu):
    """several runs at once do not disturb each other"""
    processes = [namu.start_run("cat") for _ in range(6)]
    for i, process in enumerate(processes):
        process.stdin.write(b"%d" % i * 100000)
        process.stdin.flush()
    for i, process in enumerate(processes):
        result = namu.finish(process)
        if result.code != 0 or result.out != b"%d" % i * 100000 or result.err:
            raise Failure(f"run {i}: {result}")
