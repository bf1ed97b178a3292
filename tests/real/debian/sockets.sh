# iproute2's and net-tools' view of sockets, and of a machine that has lo alone. Ports are chosen here; numbers that
# depend on how a kernel counts (cookies, buffers, times) are not compared.
ip link set lo up
python3 - <<'E'
import os, socket, subprocess

def run(command, *words):
    print("==", command, flush=True)
    text = subprocess.run(["sh", "-c", command + " 2>&1"], stdout=subprocess.PIPE, text=True).stdout
    for line in sorted(text.splitlines()):
        print(" ".join(line.split()))

def tcp(family, address, port, backlog):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, port % 2)
    s.bind((address, port))
    s.listen(backlog)
    return s

def call(family, address, port, to):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.connect(to)
    return s

l4 = tcp(socket.AF_INET, "127.0.0.1", 7001, 5)
l6 = tcp(socket.AF_INET6, "::", 7002, 7)
l6only = tcp(socket.AF_INET6, "::", 7003, 9)
c4 = call(socket.AF_INET, "127.0.0.1", 7101, ("127.0.0.1", 7001))
a4, _ = l4.accept()
waiting = call(socket.AF_INET, "127.0.0.2", 7102, ("127.0.0.1", 7001))
c6 = call(socket.AF_INET6, "::1", 7103, ("::1", 7002))
a6, _ = l6.accept()
mapped = call(socket.AF_INET, "127.0.0.1", 7104, ("127.0.0.1", 7002))
m4, _ = l6.accept()
a4.send(b"x" * 10)
c6.send(b"y" * 7)
c6.shutdown(socket.SHUT_WR)
u4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u4.bind(("0.0.0.0", 7201))
u6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
u6.bind(("::1", 7202))
to4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to4.bind(("127.0.0.1", 7203))
to4.connect(("127.0.0.1", 7201))
gone = call(socket.AF_INET, "127.0.0.1", 7105, ("127.0.0.1", 7001))
waiting.close()
g4, _ = l4.accept()
g4, _ = l4.accept()
gone.close()
g4.close()

# Linux acknowledges what was sent, and the end of a stream, a moment later.
def is_on_its_way(line):
    state, queues = line.split()[3:5]
    return state == "04" or int(queues[:8], 16) > 0
while any(is_on_its_way(line) for name in ("tcp", "tcp6") for line in list(open("/proc/net/" + name))[1:]):
    pass

for options in ("-tanH", "-tlnH", "-4tanH", "-6tanH", "-uanH", "-ulnH", "-6uanH", "-tunaH", "-tnH state time-wait",
                "-tnH state connected", "-tnaH state listening", "-tanH dport = :7001", "-tanH sport ge :7101",
                "-tanH '( sport = :7001 or sport = :7002 ) and not dport = :7101'", "-tanH src 127.0.0.0/8",
                "-tanH dst 127.0.0.1:7001", "-tanH src [::1]", "-tanH 'sport > :7002 and dport < :7002'",
                "-uanH sport = :7203", "-tlnpH", "-ulnpH", "-wanH", "-0anH", "-tanH autobound"):
    run("ss " + options + r" | sed -E 's/pid=[0-9]+/pid=PID/'")
run(r"ss -tanoH state time-wait | sed -E 's/timewait,[0-9a-z]+/timewait,SOON/'")
run("ss -tenH state established 2>/dev/null | sed -E 's/(ino|sk):[0-9a-f]+/\\1/g; s/cgroup:[^ ]*//'")
run("ss -tenlH 2>/dev/null | sed -E 's/(ino|sk):[0-9a-f]+/\\1/g; s/cgroup:[^ ]*//'")
for option in "-tinH", "-tlinH":
    run("ss " + option + r" | grep -oE '(bytes_sent|bytes_received|segs_in|pmtu|app_limited):[0-9]+' | grep bytes_sent")
run("ss -tnmH | grep -c skmem:")
run("ss -s | tail -n +4")
run("ss -s | sed -E 's/closed [0-9]+/closed/; 1d' | head -n 1 | cut -d'(' -f2")
for options in ("-tan", "-uan", "-tln", "-wan", "-rn"):
    run("netstat " + options + " | sed -E 's/(lo|Iface) *$//'")
run("netstat -6rn | awk '{ print $1, $2, $3, $4 }'")
run("netstat -tanp | sed -E 's|[0-9]+/|PID/|'")
run("netstat -s | grep -iE 'connection openings|connections established'")
run("route -n")
run("arp -an")
run("ip neigh")
run("ifconfig lo | grep -E 'inet |flags|loop|errors'")
run("ip -s link show lo | head -n 3")
run("grep -c lo /proc/net/dev")
run("cat /proc/net/route /proc/net/arp /proc/net/if_inet6 /proc/net/sockstat6")
run("grep -E '^(TCP|UDP)' /proc/net/sockstat | sed -E 's/(mem|alloc) [0-9]+//g'")

# What lo counts: at least what was sent, and the same in both directions.
def lo():
    line = [l for l in open("/proc/net/dev") if "lo:" in l][0].split(":")[1].split()
    return [int(line[i]) for i in (0, 1, 8, 9)]
before = lo()
for i in range(10):
    to4.send(b"z" * 100)
after = lo()
print([b - a for a, b in zip(before, after)])
E
nc -l 127.0.0.1 7301 >/tmp/heard &
until ss -tln sport = :7301 | grep -q 7301; do sleep 0.1; done
echo hello | nc -N 127.0.0.1 7301
wait
cat /tmp/heard
nc -u -l ::1 7302 >/tmp/heard2 &
until ss -uln sport = :7302 | grep -q 7302; do sleep 0.1; done
echo hello | nc -u -q 0 ::1 7302
until [ -s /tmp/heard2 ]; do sleep 0.1; done
kill $!
cat /tmp/heard2
# Echoes, without the times they took.
answers() {
	sed -E 's/time[= ][0-9.]+ ?ms/TIME/; /^rtt/d'
}
for to in 127.0.0.1 127.0.0.2 ::1 localhost; do
	ping -c 2 -i 0.2 "$to" | answers
done
ping -c 1 -s 65507 -M do 127.0.0.1 | answers
ping -c 1 -I lo -t 1 -Q 16 -p 5a 127.0.0.1 | answers
ping -c 1 -W 1 10.9.8.7 2>&1 | answers
echo '0 1000' >/proc/sys/net/ipv4/ping_group_range
ping -c 1 127.0.0.1 | answers
ping -c 1 ::1 | answers
