"""`namu export --to perfetto`: read back with protoc by the published numbers of the fields (perfetto.proto)."""
import collections
import os
import re
import subprocess

from harness import HERE, same, test, true

SCRIPT = "echo words | cat; (exit 3); sh -c 'trap : TERM; kill $$'; sleep 0.01 & wait"


def read_text(lines):
    """protoc's text as dictionaries of lists."""
    message = collections.defaultdict(list)
    for line in lines:
        word = line.strip()
        if word == "}":
            return message
        if word.endswith(" {"):
            message[word[:-2]].append(read_text(lines))
        else:
            name, _, value = word.partition(": ")
            true("a field that is published", not name.isdigit(), line)
            message[name].append(value)
    return message


def packets_of(namu, *options, script=SCRIPT):
    path, output = namu.path("t.namu"), namu.path("t.pftrace")
    namu.run("sh", "-c", script, options=[f"--trace={path}", *options]).expect(0, None, b"")
    namu.call("export", "--to", "perfetto", "-o", output, path).expect(0, b"", b"")
    with open(output, "rb") as file:
        decoded = subprocess.run(
            ["protoc", f"-I{HERE}", "--decode=Trace", os.path.join(HERE, "perfetto.proto")], stdin=file,
            capture_output=True, check=True,
        )  # fmt: skip
    same("what protoc says", decoded.stderr, b"")
    return path, read_text(iter(decoded.stdout.decode().splitlines()))["packet"]


def parts(packets, name):
    return [(int(packet["timestamp"][0]), packet[name][0]) for packet in packets if packet[name]]


def check_states(namu, path, packets):
    states = collections.defaultdict(list)
    for _, state in parts(packets, "generic_kernel_task_state_event"):
        states[state["tid"][0]].append(state["state"][0].removeprefix("TASK_STATE_"))
    for tid, sequence in states.items():
        for before, after in zip(sequence, sequence[1:]):
            true("never running twice", (before, after) != ("RUNNING", "RUNNING"), (tid, sequence))
    printed = namu.call("trace", "-k", "state", path).out.decode()
    told = sum(len([state for state in sequence if state != "DESTROYED"]) for sequence in states.values())
    same("states", told, len(re.findall(r"STATE +thread [1-9]", printed)))
    true("the end of a life", states["4"][-2:] == ["DEAD", "DESTROYED"], states["4"])
    true("a sleep", "INTERRUPTIBLE_SLEEP" in states["2"])


@test("real")
def perfetto(namu):
    """the states, the tree, slices of system calls, flows of messages and signals"""
    path, packets = packets_of(namu)
    times = [int(packet["timestamp"][0]) for packet in packets]
    same("in order", times, sorted(times))
    check_states(namu, path, packets)
    pids, names, tracks = {}, {}, {}
    for _, tree in parts(packets, "generic_kernel_process_tree"):
        for process in tree["processes"]:
            pids[int(process["pid"][0])] = int(process["ppid"][0])
    same("the tree", (sorted(pids), pids[2], pids[3]), ([1, 2, 3, 4, 5, 6, 7], 1, 2))
    for _, rename in parts(packets, "generic_kernel_task_rename_event"):
        names[rename["tid"][0]] = rename["comm"][0]
    same("renamed", (names["4"], names["7"]), ('"cat"', '"sleep"'))
    for _, track in parts(packets, "track_descriptor"):
        if track["thread"]:
            tracks[track["uuid"][0]] = int(track["thread"][0]["tid"][0])
    depth = collections.Counter()
    sent, received = {}, {}
    for _, event in parts(packets, "track_event"):
        track = event["track_uuid"][0]
        kind = event["type"][0]
        depth[track] += {"TYPE_SLICE_BEGIN": 1, "TYPE_SLICE_END": -1, "TYPE_INSTANT": 0}[kind]
        true("slices are closed", depth[track] in (0, 1), event)
        for flow in event["flow_ids"]:
            sent[flow] = (tracks[track], event["categories"][0])
        for flow in event["terminating_flow_ids"]:
            received[flow] = (tracks[track], event["categories"][0])
    joined = {(*sent[flow], *received[flow]) for flow in received}
    true("the message", (3, '"SEND"', 4, '"RECEIVE"') in joined, joined)
    true("the signal", (6, '"SIGNAL_SEND"', 6, '"SIGNAL_DELIVER"') in joined, joined)


@test("real")
def perfetto_streams(namu):
    """a message taken in pieces, and pieces taken at once, are joined to all they are of"""
    script = "(echo one; echo two; echo three) >/f & (head -c 2; cat) </f >/dev/null; wait"
    _, packets = packets_of(namu, script="mkfifo /f; " + script)
    sent, over, passed = set(), set(), set()
    for _, event in parts(packets, "track_event"):
        if event["categories"] == ['"SEND"']:
            sent |= set(event["flow_ids"])
        elif event["categories"] == ['"RECEIVE"']:
            passed |= set(event["flow_ids"])
            over |= set(event["terminating_flow_ids"])
    true("all that was sent has come", sent and sent == over and passed <= sent, (sent, over, passed))
