"""The network: --network, --publish, --dns, and what goes through."""
import hashlib
import http.server
import json
import os
import re
import socket
import struct
import sys
import threading

from harness import ROOT, read_line, same, test, true


def arguments(namu, *words):
    return namu.call("run", "--dry-run", *words, "--", "true").expect(0, err=b"").out.decode()


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@test()
def ports_in_dockers_spellings(namu):
    """-p, --publish: what QEMU is told"""
    for word, rule in (
        ("8080:80", "hostfwd=tcp::8080-:80"),
        ("8080:80/tcp", "hostfwd=tcp::8080-:80"),
        ("127.0.0.1:8080:80", "hostfwd=tcp:127.0.0.1:8080-:80"),
        ("5353:53/udp", "hostfwd=udp::5353-:53"),
        ("127.0.0.1:5353:53/udp", "hostfwd=udp:127.0.0.1:5353-:53"),
    ):
        for words in (["-p", word], [f"-p{word}"], ["--publish", word], [f"--publish={word}"]):
            out = arguments(namu, *words)
            true(f"{words}: the rule", rule + " " in out, out)
            true(f"{words}: the card", "virtio-net-device,netdev=net" in out, out)
    out = arguments(namu, "-p", "1:2", "-p", "3:4/udp")
    true("two", "hostfwd=tcp::1-:2,hostfwd=udp::3-:4 " in out, out)


@test()
def any_free_port(namu):
    """-p 80, -p ADDRESS::80: a port of the host's that is free, another each time"""
    for word, rule in (
        ("80", r"hostfwd=tcp::(\d+)-:80 "),
        (":80", r"hostfwd=tcp::(\d+)-:80 "),
        ("80/tcp", r"hostfwd=tcp::(\d+)-:80 "),
        ("53/udp", r"hostfwd=udp::(\d+)-:53 "),
        ("127.0.0.1::80", r"hostfwd=tcp:127.0.0.1:(\d+)-:80 "),
    ):
        found = re.search(rule, arguments(namu, "-p", word))
        true(f"{word}: the rule", found and 1024 <= int(found[1]) < 65536, found)
    found = re.search(r"hostfwd=tcp::(\d+)-:80,hostfwd=tcp::(\d+)-:80 ", arguments(namu, "-p", "80", "-p", "80"))
    true("two are not the same", found and found[1] != found[2], found)


@test()
def there_is_none_unless_asked_for(namu):
    """--network none is the default; --net is --network"""
    for words in ([], ["--network", "none"], ["--net=none"], ["--network=user", "--network=none"]):
        true(f"{words}: no card", "-netdev" not in arguments(namu, *words))
    for words in (["--network", "user"], ["--net=user"], ["--dns", "9.9.9.9"]):
        true(f"{words}: a card", "-netdev user," in arguments(namu, *words))
    true("on PCI", "virtio-net-pci" in arguments(namu, "--machine", "q35", "--network", "user"))


@test()
def wrong_ones_are_refused(namu):
    """ports, networks and addresses that are none, and what cannot go together: a clear line"""
    for words, pattern in (
        (["-p", "0"], "bad port '0'"),
        (["-p", "127.0.0.1:80"], "bad port"),
        (["-p", "::80:"], "bad port"),
        (["-p", "1.2.3::80"], "bad port"),
        (["-p", "192.0.2.1::80"], "no port of the host for the machine's port 80"),
        (["-p", "0:80"], "bad port"),
        (["-p", "80:65536"], "bad port"),
        (["-p", "a:80"], "bad port"),
        (["-p", "80:80/sctp"], "bad port"),
        (["-p", "host:80:80"], "bad port"),
        (["-p", "1:2:3:4"], "bad port"),
        (["--network", "bridge"], "none or user"),
        (["--dns", "one.one"], "bad address"),
        (["--network", "none", "-p", "1:1"], "--publish needs a network"),
        (["--network", "none", "--dns", "9.9.9.9"], "--dns needs a network"),
        (["--seed", "1", "--network", "user"], "--seed"),
        (["--seed", "1", "-p", "1:1"], "--seed"),
    ):
        namu.run("true", options=words).expect_own_failure(pattern)
    namu.run("true", options=["--seed", "1", "--network", "none"]).expect(0)


@test(on="real")
def none_reaches_nobody(namu):
    """--network none: lo alone, and the rest of the world is unreachable"""
    result = namu.run("sh", "-c", "ls /sys/class/net /etc/resolv.conf 2>/dev/null; nc -w 2 10.0.2.2 1 2>&1")
    true("unreachable", b"unreachable" in result.out, result)


class Files(http.server.BaseHTTPRequestHandler):
    body = bytes(range(256)) * 4096

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *words):
        pass


@test(on="real")
def from_the_machine(namu):
    """a program of the machine reads a megabyte from a server of the host, and asks a port that nobody has"""
    # A port at which nobody listens and that nobody else can get meanwhile.
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        script = f"wget -q -O - http://10.0.2.2:{server.server_address[1]}/ | sha256sum; nc 10.0.2.2 {deaf.getsockname()[1]}"
        result = namu.run("sh", "-c", script, options=["--network", "user"])
        server.shutdown()
    same("what came", result.out.split()[0].decode(), hashlib.sha256(Files.body).hexdigest())
    true("refused", b"refused" in result.err, result)


# Its server says "ready" when it listens.
SERVERS = os.path.join(os.path.dirname(ROOT), "tests", "root.erofs")


def serve(namu, kind, published):
    process = namu.start("run", "-p", published, SERVERS, "--", "/tests/help/network", kind, "7")
    same("the server", read_line(process.stdout), b"ready\n")
    return process


@test(on="real")
def to_the_machine(namu):
    """--publish: the host talks to a server of the machine, both ways, and sees its end"""
    port = free_port()
    process = serve(namu, "tcp", f"127.0.0.1:{port}:7")
    data = b"abcdefgh" * 40000
    back = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        threading.Thread(target=lambda: (one.sendall(data), one.shutdown(socket.SHUT_WR))).start()
        while piece := one.recv(65536):
            back += piece
    true("all came back", back == data.upper(), f"{len(back)} of {len(data)} bytes")
    namu.finish(process).expect(0, None, b"")


@test(on="real")
def to_a_chosen_port(namu):
    """--publish without a port of the host's: --status-fd and --verbose tell it, and it leads there"""
    read_end, write_end = os.pipe()
    options = ["--verbose", "--status-fd", str(write_end), "-p", "127.0.0.1::7", "-p", "8/udp"]
    process = namu.start("run", *options, SERVERS, "--", "/tests/help/network", "tcp", "7", pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as file:
        tcp, udp, started = (json.loads(file.readline()) for _ in range(3))
        ports = tcp.pop("host"), udp.pop("host")
        same("tcp", tcp, {"event": "published", "address": "127.0.0.1", "guest": 7, "protocol": "tcp"})
        same("udp", udp, {"event": "published", "address": "0.0.0.0", "guest": 8, "protocol": "udp"})
        same("then", started["event"], "started")
        same("the server", read_line(process.stdout), b"ready\n")
        with socket.create_connection(("127.0.0.1", ports[0]), timeout=30) as one:
            one.sendall(b"word")
            one.shutdown(socket.SHUT_WR)
            same("the answer", one.makefile("rb").read(), b"WORD")
        result = namu.finish(process).expect(0)
        same("at last", json.loads(file.readline())["event"], "ended")
    for line in (f"port 7/tcp is 127.0.0.1:{ports[0]} of the host", f"port 8/udp is 0.0.0.0:{ports[1]} of the host"):
        true(line, line.encode() in result.err, result)


@test(on="real")
def no_network_to_be_had(namu):
    """--network user, and the kernel has none: one clear line and 125, and no command is started"""
    qemu = namu.write("qemu", f"#!{sys.executable}\n{WITHOUT_CARD}", 0o755)
    result = namu.run("echo", "started", options=["--network", "user"], env={"NAMU_QEMU": qemu})
    result.expect_own_failure("there is no network card$")


# QEMU without the card that was asked for.
WITHOUT_CARD = """import os, sys
words = sys.argv[1:]
for option in ("-netdev", "virtio-net-device,netdev=net"):
    at = words.index(option) - (option != "-netdev")
    del words[at : at + 2]
os.execvp("qemu-system-x86_64", ["qemu-system-x86_64", *words])
"""


@test(on="real")
def datagrams(namu):
    """UDP to the machine by --publish, and back"""
    port = free_port(socket.SOCK_DGRAM)
    process = serve(namu, "udp", f"127.0.0.1:{port}:7/udp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(30)
        for data in (b"word", b"x" * 1400, b"y" * 8000, b"end"):
            one.sendto(data, ("127.0.0.1", port))
            same(f"{len(data)} bytes", one.recv(65536), data.upper())
    namu.finish(process).expect(0, None, b"")


@test(on="real")
def asked_by_udp(namu):
    """UDP from the machine: a name asked of a server of the host"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(30)

        def answer():
            asked, whom = server.recvfrom(2000)
            # The same with one answer behind it: an address of the name that was asked for.
            reply = asked[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + asked[12:]
            server.sendto(reply + b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 7), whom)

        threading.Thread(target=answer, daemon=True).start()
        server_name = f"10.0.2.2:{server.getsockname()[1]}"
        result = namu.run("nslookup", "-type=a", "some.name", server_name, options=["--network", "user"])
    true("the answer", b"192.0.2.7" in result.out, result)


@test(on="real")
def echoes(namu):
    """ping of the router, in several fragments too, and of the machine itself"""
    script = "ping -c 1 10.0.2.2; ping -c 1 -s 3000 10.0.2.2; ping -c 1 10.0.2.15; ping -c 1 127.0.0.1"
    out = namu.run("sh", "-c", script, options=["--network", "user"]).out
    same("answers", [line.split(b":")[0] for line in out.splitlines() if b"bytes from" in line],
         [b"64 bytes from 10.0.2.2", b"3008 bytes from 10.0.2.2", b"64 bytes from 10.0.2.15", b"64 bytes from 127.0.0.1"])


@test(on="real")
def names(namu):
    """/etc/resolv.conf is made where there is none, and left where there is one"""
    out = namu.run("cat", "/etc/resolv.conf", options=["--network", "user"]).expect(0).out
    same("the usual", out, b"nameserver 10.0.2.3\n")
    out = namu.run("cat", "/etc/resolv.conf", options=["--dns", "9.9.9.9", "--dns", "1.1.1.1"]).expect(0).out
    same("others", out, b"nameserver 9.9.9.9\nnameserver 1.1.1.1\n")
    namu.run("ls", "/etc/resolv.conf").expect(1, None, None)
