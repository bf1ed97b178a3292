"""`namu run --trace`, `namu trace`, `namu stat`, `namu view`."""
import base64
import gzip
import json
import os
import random
import re
import struct
import zlib
from collections import Counter
from xml.etree import ElementTree

from harness import matches, read_line, same, test, true

SCRIPT = "echo words | cat; (exit 3); sleep 0.01 & wait"


def record(namu, *options, script=SCRIPT):
    path = namu.path("t.namu")
    namu.run("sh", "-c", script, options=[f"--trace={path}", *options]).expect(0, None, b"")
    return path


def lines_of(namu, path, *options):
    return namu.call("trace", *options, path).expect(0, None, b"").out.decode().splitlines()


@test("real")
def events(namu):
    """namu trace tells the lives and messages of a pipeline"""
    path = record(namu)
    lines = lines_of(namu, path)
    for line in lines:
        true("form", re.match(r" *\d+\.\d{6} +\d+ \S+ +(\d+|-)/\d+ +[A-Z_]+ ", line), line)
    times = [float(line.split()[0]) for line in lines]
    same("in order", times, sorted(times))
    text = "\n".join(lines)
    for pattern in (
        r"sh +2/2 +FORK +makes process 3", r"EXEC +runs /bin/sh", r"SEND +sends through pipe 0x\w+: 6 bytes \"words\\n\"",
        r"cat +\d+/\d+ +RECEIVE +receives from pipe 0x\w+: 6 bytes", r"EXIT +ends with status 3",
        r"REAP +.* is collected by sh\[2\]; it ended with status 3", r"sh\[2\] gets SIGCHLD",
        r"BLOCKED: wait4", r"BLOCKED: hrtimer_nanosleep", r"thread \d+ is woken by \d+", r"\d+ -> \d+, voluntary",
        r"SYSCALL_ENTER +wait4\(pid=-1, status=0x\w+, ", r"SYSCALL_EXIT +wait4 = \d+", r"COPY +the page at 0x\w+ of sh\[",
    ):  # fmt: skip
        matches(pattern, text.encode(), f"(?s).*{pattern}")


@test("real")
def killed(namu):
    """the end of a process that a signal ended says so"""
    path = record(namu, script="sleep 10 & kill -9 $!; wait; true")
    ends = [line.split(None, 5)[5] for line in lines_of(namu, path, "-k", "exit")]
    same("ends", sorted(ends), ["ends by SIGKILL", "ends with status 0"])


@test("real")
def filters(namu):
    """namu trace --process, --kind, --from, --to"""
    path = record(namu)
    everything = lines_of(namu, path)
    forks = lines_of(namu, path, "-k", "fork,exit")
    same("kinds", {line.split()[4] for line in forks}, {"FORK", "EXIT"})
    same("forks", len(forks), sum(line.split()[4] in ("FORK", "EXIT") for line in everything))
    cats = lines_of(namu, path, "--process=cat", "--kind=SYSCALL_ENTER")
    true("calls of cat", cats and {line.split()[2] for line in cats} <= {"cat"}, cats)
    reaped = lines_of(namu, path, "-p", "sleep", "-k", "reap")
    same("what is done to it", len(reaped), 1)
    middle = everything[len(everything) // 2].split()[0]
    before, after = lines_of(namu, path, "--to", middle), lines_of(namu, path, "--from", middle)
    at = sum(line.split()[0] == middle for line in everything)
    true("times", before and after and abs(len(before) + len(after) - len(everything) - at) <= 2)
    namu.call("trace", "-k", "fork,nonsense", path).expect(125, b"")
    namu.call("trace", "--from", "x", path).expect(125, b"")
    namu.call("trace").expect(125, b"")
    namu.call("trace", path, path).expect(125, b"")


@test("real")
def sums(namu):
    """namu stat: the sums and a line for each process"""
    path = record(namu, "--seed", "1")
    out = namu.call("stat", path).expect(0, None, b"").out.decode()
    matches("processes", out.encode(), r"(?s).*\n6 processes, 6 threads\n")
    matches("messages", out.encode(), r"(?s).*\n1 messages with 6 bytes\n")
    rows = [line.split() for line in out.split("parent  name")[1].splitlines()[1:]]
    same("pids", [row[0] for row in rows], ["1", "2", "3", "4", "5", "6"])
    by_name = {row[2]: row for row in rows}
    same("cat got the bytes", by_name["cat"][-1], "6")
    true("sleep was blocked for 10 ms less what came before", 9 < float(by_name["sleep"][7]) <= 10, by_name["sleep"])
    same("statuses", sorted(row[4] for row in rows), sorted(["-", "0", "0", "0", "0", "3"]))
    copied = sum(int(row[11]) for row in rows)
    matches("pages copied", out.encode(), rf"(?s).*\n{copied} pages copied on write\n")
    namu.call("stat").expect(125, b"")


@test("real")
def packed(namu):
    """the trace file as namu-trace(5) says, and the bare stream in its place"""
    path = record(namu, "--seed", "7")
    with open(path, "rb") as file:
        data = file.read()
    magic, version, size, realtime = struct.unpack_from("<8sIIQ", data)
    same("header", (magic, version, size), (b"NAMUFILE", 1, 48))
    at, kinds, records, texts = 24, [], b"", []
    while at < len(data):
        kind, plain, stored, crc = struct.unpack_from("<IIII", data, at)
        piece = data[at + 16:at + 16 + stored]
        same("sum", crc, zlib.crc32(piece))
        unpacked = zlib.decompress(piece)
        same("size", len(unpacked), plain)
        kinds.append(kind)
        if kind == 2:
            records += unpacked
        else:
            texts.append(unpacked.decode())
        at += 16 + stored
    same("chunks", (kinds[0], set(kinds[1:-1]), kinds[-1]), (1, {2}, 3))
    true("what ran", '"command":["sh","-c",' in texts[0] and '"seed":"7"' in texts[0], texts[0][:300])
    same("end", texts[1], '{"records":%d}' % (len(records) // 48))
    expected = lines_of(namu, path)
    bare = namu.write("bare", struct.pack("<8sIIQ", b"NAMUTRAC", 2, 16, realtime) + stream_of(records))
    same("bare stream", lines_of(namu, bare), expected)


ANY = 2**64 - 1


def piece(items, cpu=0, thread=0, ticks=0, lost=0, events=ANY, base_ns=0, base_ticks=0, mult=1 << 32):
    return struct.pack("<4sIII6Q", b"PECE", len(items), cpu, thread, ticks, lost, events, base_ns, base_ticks, mult) + items


def item(ticks, form, first=0, second=0, words=(), text=b""):
    data = struct.pack(f"<{len(words)}Q", *words) + text + bytes(-len(text) % 8)
    return struct.pack("<QIHBB", ticks, first, second, form, 2 + len(data) // 8) + data


def stream_of(records):
    """the kernel's stream that says what the records of a trace file say, all in full"""
    out, at = b"", 0
    while at < len(records):
        time, event, cpu, texts, thread, *words = struct.unpack_from("<QHBBI4Q", records, at)
        text = b"".join(records[at + 48 * i + 16:at + 48 * i + 48] for i in range(1, texts + 1))
        out += piece(item(time, event, words=words, text=text), cpu, thread)
        at += 48 * (1 + texts)
    return out


@test("fake")
def short_forms(namu):
    """the kernel's stream: short forms written out, processors in the order of time, its clock, wanted events, losses"""
    scale = {"base_ns": 5000, "base_ticks": 1000, "mult": 1 << 31}
    first = item(1000, 4, words=(0, 7, 7, 0)) + item(1100, 130, 7, 1) + item(1200, 128, 39) + item(1300, 129, words=(7,)) + \
        item(1400, 128, 0, words=(3, 0x10, 1)) + item(1500, 132, 0, 2, (0xABC,)) + item(1600, 130, 0, 1)
    second = item(1550, 131, 7, 2, (0xABC,)) + item(1560, 133, 5, 1, (0xABC, 0x61)) + item(1570, 135, 9) + item(1580, 128, 39)
    third = item(1700, 130, 7, 0) + item(1800, 129, words=(1,))
    header = struct.pack("<8sIIQ", b"NAMUTRAC", 2, 16, 0)
    pieces = [piece(first, **scale), piece(second, cpu=1, thread=8, mult=0), piece(third, ticks=1650, lost=4, mult=0)]
    stream = header + b"".join(pieces)

    def short(line):
        seconds, cpu, _, thread, event, rest = (line.split(None, 5) + [""])[:6]
        return round(float(seconds) * 1e6), cpu, thread.split("/")[1], event, rest

    expected = [
        (5, "0", "0", "FORK", "makes process 7"),
        (5, "0", "0", "STATE", "thread 7 is RUNNING"), (5, "0", "0", "SWITCH", "0 -> 7, voluntary"),
        (5, "0", "7", "SYSCALL_ENTER", "getpid()"), (5, "0", "7", "SYSCALL_EXIT", "getpid = 7"),
        (5, "0", "7", "SYSCALL_ENTER", "read(fd=3, buffer=0x10, bytes=1)"),
        (5, "0", "7", "STATE", "thread 7 is BLOCKED: pipe_read 0xabc (bytes in a pipe)"),
        (5, "1", "8", "WAKE", "thread 7 is woken by 8"), (5, "1", "8", "STATE", "thread 7 is READY"),
        (5, "1", "8", "SEND", 'sends through pipe 0xabc: 5 bytes "a\\x00\\x00\\x00\\x00"'),
        (5, "1", "9", "SYSCALL_ENTER", "getpid()"),
        (5, "0", "7", "STATE", "thread 0 is RUNNING"), (5, "0", "7", "SWITCH", "7 -> 0, voluntary"),
        (5, "0", "0", "LOST", "4 events were dropped here, as the host was slow"),
        (5, "0", "0", "STATE", "thread 7 is RUNNING"), (5, "0", "0", "SWITCH", "0 -> 7, forced"),
        (5, "0", "7", "SYSCALL_EXIT", "read = 1"),
    ]  # fmt: skip
    same("events", [short(line) for line in lines_of(namu, namu.write("bare", stream))], expected)
    wanted = sum(1 << event for event in (4, 11, 26))
    few = header + piece(first, events=wanted, **scale) + piece(third, ticks=1650, lost=4, events=wanted)
    same("wanted", [short(line)[3] for line in lines_of(namu, namu.write("few", few))],
         ["FORK", "SYSCALL_ENTER", "SYSCALL_ENTER", "LOST"])
    ends = {24 + len(b"".join(pieces[:count])) for count in range(4)}
    for cut in set(range(25, len(stream))) - ends:
        result = namu.call("trace", namu.write("cut", stream[:cut]))
        same("one line", (result.code, result.err.count(b"\n")), (125, 1))


@test("real")
def damaged(namu):
    """files that are foreign, cut or damaged: one line, what is whole is read, never a crash"""
    path = record(namu)
    with open(path, "rb") as file:
        data = file.read()
    whole = len(lines_of(namu, path))
    namu.call("trace", namu.path("none")).expect(125, b"")
    for foreign in (b"", b"NAMUFILE", b"\x7fELF" + bytes(100), b"NAMUFILE" + struct.pack("<IIQ", 9, 48, 0)):
        result = namu.call("trace", namu.write("foreign", foreign)).expect(125, b"")
        same("one line", result.err.count(b"\n"), 1)
    cut = namu.call("trace", namu.write("cut", data[:-20])).expect(125)
    same("what is whole", (cut.out.count(b"\n"), cut.err.count(b"\n")), (whole, 1))
    noise = random.Random(5)
    for _ in range(200):
        broken = bytearray(data)
        for _ in range(noise.randrange(1, 6)):
            broken[noise.randrange(len(broken))] = noise.randrange(256)
        del broken[noise.randrange(len(broken) // 2, len(broken) + 1):]
        name = namu.write("broken", bytes(broken))
        for command in ("trace", "stat"):
            result = namu.call(command, name)
            true("an answer", result.code in (0, 125) and result.err.count(b"\n") == (result.code == 125), result)
    # records of nonsense in chunks that are whole
    for _ in range(60):
        records = bytearray(noise.randbytes(48 * 400))
        for at in range(0, len(records), 48):
            struct.pack_into("<QHBBI", records, at, at, noise.randrange(30), 0, noise.randrange(3), noise.randrange(9))
            for word in range(4):
                if noise.random() < 0.7:
                    struct.pack_into("<Q", records, at + 16 + 8 * word, noise.randrange(40))
        name = namu.write("nonsense", struct.pack("<8sIIQ", b"NAMUTRAC", 1, 48, 0) + bytes(records))
        for words in (["trace"], ["stat"], ["export", "--to=svg"], ["export", "--to=json"], ["export", "--to=dot"]):
            true("an answer", namu.call(*words, name).code in (0, 125))


@test("real")
def exported(namu):
    """namu export: a picture, JSON lines, a graph"""
    path = record(namu)
    picture = namu.call("export", "--to", "svg", path).expect(0, None, b"").out
    root = ElementTree.fromstring(picture)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    true("rows", all(name in texts for name in ("init", "sh", "cat", "sleep", "running")), texts)
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    true("marks", "exec /bin/sh" in titles and "exit 3" in titles, titles)
    forks = [element for element in root.iter("{http://www.w3.org/2000/svg}path") if element.get("class") == "fork"]
    same("forks", len(forks), 5)
    colours = {element.get("fill") for element in root.iter("{http://www.w3.org/2000/svg}rect")}
    true("states", {"#2e9e4f", "#f2b632", "#c8d7ea"} <= colours, colours)
    korean = namu.call("export", "--to=svg", "--lang=ko", path).expect(0, None, b"").out.decode()
    true("Korean", "실행" in korean and "좀비" in korean)
    output = namu.path("picture.svg")
    namu.call("export", "--to", "svg", "-o", output, path).expect(0, b"", b"")
    with open(output, "rb") as file:
        same("file", file.read(), picture)
    lines = namu.call("export", "--to", "json", path).expect(0, None, b"").out.splitlines()
    events = [json.loads(line) for line in lines]
    same("events", len(events), len(lines_of(namu, path)))
    true("names", {"FORK", "STATE", "SEND"} <= {event["event"] for event in events})
    graph = namu.call("export", "--to", "dot", path).expect(0, None, b"").out.decode()
    matches("edges", graph.encode(), r'(?s)digraph namu \{.*p\d+ -> o\w+ \[penwidth=\S+ label="1 / 6 B"\].*o\w+ -> p\d+ .*\}\n$')
    for words in (["export", path], ["export", "--to=svg"], ["export", "--to=png", path], ["export", "--to=svg", "--lang=x", path]):
        namu.call(*words).expect(125, b"")
    namu.call("export", "--to=svg", "-o", "/no/such/place", path).expect(125, b"")


@test("real")
def unwritable_place(namu):
    """a trace to a device is the bare stream and is not packed"""
    namu.run("true", options=["--trace=/dev/null"]).expect(0, b"", b"")
    true("still a device", not os.path.isfile("/dev/null"))


def records_of(data):
    """Events of a packed file: time, number, processor, thread, words."""
    stream, at = b"", 24
    while at < len(data):
        kind, _, stored, _ = struct.unpack_from("<IIII", data, at)
        stream += zlib.decompress(data[at + 16:at + 16 + stored]) if kind == 2 else b""
        at += 16 + stored
    for record in struct.iter_unpack("<QHBBI4Q", stream):
        if record[1]:
            yield record[0], record[1], record[2], record[4], record[5:]


MANY = "for i in 1 2 3 4; do dd if=/dev/zero bs=1 count=5000 2>/dev/null | cat >/dev/null & done; wait"


@test("real")
def several_processors(namu):
    """with 1 to 16 processors the stream is whole and in the order of time"""
    for cpus in (1, 4, 16):
        with open(record(namu, f"--cpus={cpus}", script=MANY), "rb") as file:
            records = list(records_of(file.read()))
        times = [record[0] for record in records]
        same("in order", times, sorted(times))
        kinds = Counter(record[1] for record in records)
        same("nothing lost", kinds[26], 0)
        true("everything there", kinds[21] >= 20000 and kinds[11] >= 40000, kinds)
        true("of all processors", len({record[2] for record in records}) > cpus // 4, cpus)


SLOW = "echo begin; dd if=/dev/zero bs=1 count=15000 2>/dev/null | cat >/dev/null; echo end"


def slow_host(namu, *options):
    """A trace that goes to someone who begins to read when the given line has come."""
    path = namu.path("fifo")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    run = namu.start_run("sh", "-c", SLOW, options=[f"--trace={path}", *options])
    same("it runs", read_line(run.stdout), b"begin\n")
    if "--trace-lossy" in options:
        same("nobody waits", read_line(run.stdout), b"end\n")
    os.set_blocking(reader, True)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    namu.finish(run).expect(0, None, b"")
    return data


@test("real")
def full(namu):
    """a host that is slow makes the machine wait, and nothing is lost"""
    for cpus in (1, 3):
        path = namu.write("full", slow_host(namu, f"--cpus={cpus}", "--trace-full"))
        kinds = Counter(line.split()[4] for line in lines_of(namu, path))
        same("nothing lost", kinds["LOST"], 0)
        true("everything there", kinds["SEND"] >= 15000 and kinds["SYSCALL_EXIT"] >= 30000, kinds)
        os.remove(namu.path("fifo"))


@test("real")
def lossy(namu):
    """with --trace-lossy the machine goes on and counts what is lost; all forms say so"""
    path = namu.write("lossy", slow_host(namu, "--trace-lossy"))
    lost = sum(int(line.split()[5]) for line in lines_of(namu, path, "-k", "lost"))
    true("counted", lost > 50000, lost)
    matches("stat", namu.call("stat", path).expect(0).out, rf"\n{lost} events were lost")
    matches("svg", namu.call("export", "--to=svg", path).expect(0).out, rf">{lost} events were lost<")
    matches("dot", namu.call("export", "--to=dot", path).expect(0).out, rf"{lost} events were lost")
    matches("text", namu.call("trace", "-k", "lost", path).expect(0).out, r" LOST +[0-9]+ events")


@test("real")
def filtered_at_the_source(namu):
    """--trace-filter records these kinds, and always the lives of processes"""
    path = record(namu, "--trace-filter=syscall_enter", "--trace-filter=send,fault")
    lines = lines_of(namu, path)
    lives = {"FORK", "EXEC", "NAME", "EXIT", "REAP"}
    same("kinds", {line.split()[4] for line in lines}, {"SYSCALL_ENTER", "SEND", "FAULT"} | lives)
    true("who is who", any(line.split()[2] == "cat" for line in lines))
    matches("stat says so", namu.call("stat", path).expect(0).out, r"only these kinds were recorded: .*SYSCALL_ENTER")
    for options in (["--trace-filter=fork"], ["--trace-lossy"], ["--trace=x", "--trace-filter=forks"]):
        namu.run("true", options=options).expect_own_failure("trace|kind")


@test("real")
def calls(namu):
    """every call begins and ends in turn, with what the rows say of it; the short way of the kernel tells what its long one does"""
    script = "echo words | cat; ls -l / | wc -l; umask; pwd; mkdir /tmp/x; mv /tmp/x /tmp/y; (exit 3); sleep 0.01 & wait; kill -9 $$"
    ways = []
    for options in (), ("--trace-filter=syscall_enter,syscall_exit",):
        path = namu.path("t.namu")
        namu.run("sh", "-c", script, options=["--seed=3", f"--trace={path}", *options]).expect(137, None, None)
        lines = lines_of(namu, path, "-k", "syscall_enter,syscall_exit")
        ways.append([line.split(None, 1)[1] for line in lines])
        if not options:
            with open(path, "rb") as file:
                records = list(records_of(file.read()))
    same("both ways", ways[0], ways[1])
    inside, last, seen = {}, {}, set()
    for _, number, _, thread, words in records:
        call = words[0]
        if number == 11:
            true("it is in no call", inside.get(thread) is None, (thread, words))
            inside[thread] = call
            if call == 110:
                same("getppid has no arguments", words, (110, 0, 0, 0))
        elif number == 12:
            same("the call that ends", inside.get(thread, call), call)
            inside[thread] = None
        elif number == 32:
            same("behind its beginning", (last.get(thread), inside[thread]), (11, call))
            seen.add(call)
        if number in (11, 12, 32):
            last[thread] = number
    true("wait4, openat, mkdir, execve say more", {61, 257, 83, 59} <= seen, seen)
    true("read, write, close, getppid, umask, exit_group do not", not {0, 1, 3, 110, 95, 231} & seen, seen)


@test("real")
def objects(namu):
    """descriptors are told with the object that messages go through, calls with all arguments and their text"""
    path = record(namu, script="echo words | cat; cat /etc/passwd >/dev/null; exec 5>&1 1>/dev/null")
    with open(path, "rb") as file:
        records = list(records_of(file.read()))
    pipes = {words[2] for _, number, _, _, words in records if number == 28 and words[3] == 1}
    sent = {words[0] for _, number, _, _, words in records if number == 21 and words[1] == 1}
    true("the pipe", sent and sent <= pipes, (sent, pipes))
    opened = {words[2] for _, number, _, _, words in records if number == 18}
    same("every description", opened, {words[1] for _, number, _, _, words in records if number == 28})
    text = "\n".join(lines_of(namu, path))
    for pattern in (
        r"SYSCALL_MORE +openat: mode=00 path=\"/etc/passwd\"", r"SYSCALL_MORE +execve: path=\"",
        r"FD_OBJECT +description 0x\w+ is file 0x\w+, /etc/passwd", r"FD_OBJECT +description 0x\w+ is pipe 0x\w+, pipe",
        r"FD_CLOSE +descriptor 1 is closed", r"MAP_OBJECT +\S*\[2\] has object 0x\w+ at 0x400000, from its byte 0",
    ):  # fmt: skip
        matches(pattern, text.encode(), f"(?s).*{pattern}")
    held = set()  # from the events alone: no descriptor is opened twice, none is closed that is not open
    for _, number, _, _, words in records:
        key = words[:2]
        if number == 18:
            held.add(key)
        elif number == 20:
            held.add((words[0], words[2]))
        elif number == 19:
            held.discard(key)
        elif number == 4 and not words[3] & 0x400:
            held |= {(words[1], fd) for pid, fd in held if pid == words[0]}
        elif number == 6:
            true("all closed at the end", not [fd for pid, fd in held if pid == words[0]] or words[0] == 1, words)


@test("real")
def sockets(namu):
    """TCP sockets are told as such, with who is at the other end; a call that makes a process ends in both"""
    script = "echo back | nc -l -p 7 >/dev/null & until echo forth | nc 127.0.0.1 7 2>/dev/null; do :; done; wait"
    with open(record(namu, script=script), "rb") as file:
        records = list(records_of(file.read()))
    kinds = {words[2]: words[3] for _, number, _, _, words in records if number == 28}
    peers = {words[:2] for _, number, _, _, words in records if number == 29}
    true("two ends", len(peers) == 1, peers)
    same("both TCP", [kinds[end] for end in peers.pop()], [8, 8])
    sent = [words[:3] for _, number, _, _, words in records if number == 21 and words[1] == 8]
    same("there and back", sorted(words[2] for words in sent), [5, 6])
    true("known objects", all(kinds[words[0]] == 8 for words in sent), sent)
    made = {words[2] for _, number, _, _, words in records if number == 4 and words[0] > 1}
    first = {}
    for _, number, _, thread, words in records:
        if number in (11, 12):
            first.setdefault(thread, (number, words[:2]))
    true("children", len(made) >= 3, made)
    for thread in made:
        number, (call, result) = first[thread]
        true("it begins with the end of fork", number == 12 and call in (56, 57, 58, 435) and result == 0, first[thread])


# What `make view` builds, as far as `namu view` looks at it.
TEMPLATE = "<!doctype html>\n<script id=data>@DATA@</script>\n<p>end\n"


def with_template(namu, text=TEMPLATE):
    """A copy of the installation's data with this template of the page; the environment that names it."""
    data = namu.path("data")
    os.makedirs(os.path.join(data, "view"), exist_ok=True)
    for name in ("namu.elf", "root.erofs"):
        if not os.path.exists(os.path.join(data, name)):
            os.symlink(os.path.join(namu.data, name), os.path.join(data, name))
    with open(os.path.join(data, "view/template.html"), "w") as file:
        file.write(text)
    return {"NAMU_DATA": data}


def data_of(page):
    """The head and the records in a page, and what it says of damage."""
    with open(page) as file:
        parts = re.fullmatch(
            r"<!doctype html>\n<script id=data>([A-Za-z0-9+/=]+)</script>\n"
            r'<script id="problem" type="application/json">(.*)</script>\n<p>end\n', file.read(), re.S)  # fmt: skip
    true("the form of the page", parts)
    unpacked = gzip.decompress(base64.b64decode(parts[1], validate=True))
    bytes_of_head, zeros = struct.unpack_from("<II", unpacked)
    same("padding", (zeros, bytes_of_head % 8), (0, 0))
    return json.loads(unpacked[8 : 8 + bytes_of_head]), unpacked[8 + bytes_of_head :], json.loads(parts[2])


@test("real")
def view(namu):
    """namu view: the records of the trace, whole and in order, in the template; a cut trace says so"""
    path = record(namu)
    env = with_template(namu)
    out = namu.call("view", path, env=env).expect(0, None, b"").out.decode()
    same("the name is told", out, path.replace(".namu", ".html") + "\n")
    head, records, problem = data_of(path.replace(".namu", ".html"))
    same("no problem", problem, None)
    same("the file's name", head["file"], "t.namu")
    same("the command", head["info"]["command"], ["sh", "-c", SCRIPT])
    events = [json.loads(line) for line in namu.call("export", "--to", "json", path).expect(0, None, b"").out.splitlines()]
    kinds = [struct.unpack_from("<QH", records, at) for at in range(0, len(records), 48)]
    same("times", [time for time, kind in kinds if kind], [event["t"] for event in events])
    names = {int(number): name for number, name in head["info"]["events"].items()}
    same("events", [names[kind] for _, kind in kinds if kind], [event["event"] for event in events])
    with open(path, "rb") as file:
        whole = file.read()
    with open(namu.path("cut.namu"), "wb") as file:
        file.write(whole[:-40])
    namu.call("view", "-o", namu.path("cut.html"), namu.path("cut.namu"), env=env).expect(125, b"")
    same("the problem is told", data_of(namu.path("cut.html"))[2] is not None, True)


@test("real")
def run_and_view(namu):
    """namu run --view: the page, and no trace beside it; with --trace both; the exit status is the program's"""
    env = with_template(namu)
    page, scratch = namu.path("p.html"), namu.path("tmp")
    os.makedirs(scratch)
    namu.call("run", f"--view={page}", "--", "sh", "-c", "exit 3", env={**env, "TMPDIR": scratch}).expect(3, b"", b"")
    head, records, _ = data_of(page)
    same("the status is in it", head["info"]["status"], 3)
    true("records", len(records) > 48 * 20)
    same("nothing is left", os.listdir(scratch), [])
    trace = namu.path("kept.namu")
    namu.call("run", f"--view={page}", f"--trace={trace}", "--", "true", env=env).expect(0, b"", b"")
    true("the trace is kept", os.path.getsize(trace) > 1000)


@test("fake")
def view_refuses(namu):
    """namu view: no template, a template without a place, no trace, no file: one line each, and no page"""
    env = with_template(namu)
    page = namu.path("x.html")
    with open(namu.path("none.namu"), "w") as file:
        file.write("no trace of anything, but long enough to be read as a header")
    for words in (["view"], ["view", namu.path("none.namu"), "-o", page], ["view", namu.path("nothing"), "-o", page], ["view", "a", "b"]):
        result = namu.call(*words, env=env).expect(125, b"")
        same(f"one line for {words}", result.err.count(b"\n"), 1)
    result = namu.call("view", namu.path("none.namu"), env={"NAMU_DATA": namu.path("empty")}).expect(125, b"")
    matches("what to do", result.err, r"namu: .*make view.*\n")
    os.unlink(os.path.join(env["NAMU_DATA"], "view/template.html"))
    result = namu.call("run", f"--view={page}", "--", "true", env=env).expect(125, b"")
    matches("before anything runs", result.err, r"namu: .*make view.*\n")
    true("no page", not os.path.exists(page))
