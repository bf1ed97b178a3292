"""--seed: a run that repeats exactly; and that its output is whole although nothing can hold it back."""
import os
import subprocess

from harness import matches, read_line, same, test, true, wait_until

# Time, chance, process ids, addresses, scheduling: whatever could differ.
PROBE = """
date +%s.%N; date; head -c 32 /dev/urandom | md5sum; cat /proc/uptime; echo $$
cat /proc/self/maps | head -3
for i in 1 2 3 4; do (echo child $i; cat /proc/self/stat) & done; wait
mktemp -u; ls -i /; md5sum; echo to-err >&2
"""


def seeded(namu, seed, script=PROBE, data=b"input\n", options=()):
    return namu.shell(script, options=["--seed", str(seed), *options], data=data)


@test("real")
def two_runs_are_the_same(namu):
    """output, log and trace of two runs of one seed are the same byte for byte"""
    seen = []
    for i in range(2):
        path = namu.path(f"trace{i}")
        result = seeded(namu, 7, options=["--verbose", "--trace", path])
        same("status", result.code, 0)
        with open(path, "rb") as file:
            seen.append((result.out, result.err, file.read()))
    same("stdout", seen[1][0], seen[0][0])
    same("stderr and log", seen[1][1], seen[0][1])
    true("a trace", len(seen[0][2]) > 1000, len(seen[0][2]))
    true("the same trace", seen[0][2] == seen[1][2])


@test("real")
def the_same_under_load(namu):
    """a busy host changes nothing"""
    quiet = seeded(namu, 11)
    load = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(3)]
    try:
        busy = [seeded(namu, 11) for _ in range(3)]
    finally:
        for process in load:
            process.kill()
            process.wait()
    for result in busy:
        same("output", (result.code, result.out, result.err), (quiet.code, quiet.out, quiet.err))


@test("real")
def another_seed_is_another_run(namu):
    """another seed gives other random bytes, an ordinary run others each time"""
    script = "head -c 16 /dev/urandom | md5sum"
    outputs = {seeded(namu, seed, script).out for seed in range(4)}
    same("different outputs", len(outputs), 4)
    outputs = {namu.shell(script).out for _ in range(3)}
    same("different outputs", len(outputs), 3)


@test("real")
def clock_is_fixed(namu):
    """a seeded run begins with the year 2026, an ordinary one now"""
    result = seeded(namu, 1, "date -u +%Y-%m-%d").expect(0, b"2026-01-01\n", b"")
    del result
    now = int(namu.shell("date +%s").expect(0).out)
    host = int(subprocess.run(["date", "+%s"], capture_output=True).stdout)
    true("now", abs(host - now) < 60, (now, host))


@test()
def input_of_a_seeded_run(namu):
    """stdin is read to its end before the start, and whole"""
    data = os.urandom(5_000_000)
    result = namu.run("cat", options=["--seed", "5"], data=data)
    same("status", result.code, 0)
    true("the same bytes", result.out == data, f"{len(result.out)} bytes")
    namu.run("cat", options=["--seed", "5"]).expect(0, b"", b"")


@test()
def streams_of_a_seeded_run(namu):
    """stdout and stderr are apart and whole"""
    result = namu.shell("seq 1 50000; seq 1 50000 >&2; exit 9", options=["--seed=5"])
    numbers = b"".join(b"%d\n" % i for i in range(1, 50001))
    true("both whole", (result.code, result.out, result.err) == (9, numbers, numbers), result)


@test()
def output_comes_while_it_runs(namu):
    """output is there before the run's end"""
    script = "echo early; exec sleep 1000000"
    process = namu.start_run("sh", "-c", script, options=["--seed=5"], stdin=subprocess.DEVNULL)
    same("line", read_line(process.stdout), b"early\n")
    process.terminate()
    same("status", namu.finish(process).code, 128 + 15)


@test()
def reader_of_a_seeded_run_goes_away(namu):
    """namu run --seed 5 -- yes | head -1 ends"""
    process = namu.start_run("yes", options=["--seed=5"], stdin=subprocess.DEVNULL)
    same("line", read_line(process.stdout), b"y\n")
    process.stdout.close()
    process.stdout = None
    same("status", namu.finish(process).code, 128 + 13)


@test("fake")
def slow_reader_of_a_seeded_run(namu):
    """200 MB that nobody reads at first: the machine stands still meanwhile, nothing is lost"""
    process = namu.start_run("sh", "-c", "yes | head -c 200000000", options=["--seed=5"], stdin=subprocess.DEVNULL)
    machine = namu.machine_of(process)
    total = len(os.read(process.stdout.fileno(), 1000))

    def stands_still():
        with open(f"/proc/{machine}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    wait_until("the machine's standstill", stands_still)
    while part := os.read(process.stdout.fileno(), 1 << 20):
        total += len(part)
    same("bytes", total, 200_000_000)
    namu.finish(process).expect(0)


@test("fake")
def terminal_is_no_input(namu):
    """at a terminal a seeded run has an empty stdin, and says so under --verbose"""
    import pty

    main, other = pty.openpty()
    result = namu.run("cat", options=["--seed", "5"], stdin=other)
    result.expect(0, b"", b"")
    result = namu.run("cat", options=["--seed", "5", "--verbose"], stdin=other)
    matches("line", result.err, "its stdin is empty")
    os.close(main)
    os.close(other)
