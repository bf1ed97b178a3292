"""Every option of `namu run`, in each of its spellings."""
import os
import shlex
import struct

from harness import matches, same, test, true


def dry(namu, *options, root=None, command=("true",)):
    result = namu.run(*command, options=["--dry-run", *options], root=root)
    result.expect(0, None, b"")
    return shlex.split(result.out.decode("utf-8", "surrogateescape"))


def value(words, option):
    same(f"times of {option}", words.count(option), 1)
    return words[words.index(option) + 1]


def record(namu, kind, *options):
    """An item of the start record as the played machine read it; None when it was not there."""
    result = namu.run("sh", "-c", "echo $FAKE_RECORD", options=options).expect(0, None, b"")
    items = dict(word.split(":") for word in result.out.decode().split())
    return bytes.fromhex(items[str(kind)]) if str(kind) in items else None


@test("fake")
def dry_run(namu):
    """--dry-run prints one command line and starts nothing"""
    words = dry(namu, command=("fake:hang",))
    same("program", words[0], namu.env["NAMU_QEMU"])
    true("microvm", value(words, "-M").startswith("microvm"), words)
    same("kernel", value(words, "-kernel"), os.path.join(namu.data, "namu.elf"))
    same("root", value(words, "-initrd"), os.path.join(namu.data, "root.erofs"))
    true("no shell is needed", "-no-reboot" in words and "-nodefaults" in words)


@test("fake")
def memory(namu):
    """-m, --memory in docker's spellings"""
    same("default", value(dry(namu), "-m"), "262144k")
    for text, kib in (
        ("64m", 65536), ("64M", 65536), ("64mb", 65536), ("64MiB", 65536), ("1g", 1 << 20), ("1.5g", 3 << 19),
        ("65536k", 65536), ("67108864", 65536), ("67108864b", 65536), ("0.5G", 1 << 19), ("16 m", 16384),
    ):  # fmt: skip
        for options in (["-m", text], [f"-m{text}"], ["--memory", text], [f"--memory={text}"]):
            same(" ".join(options), value(dry(namu, *options), "-m"), f"{kib}k")


@test("fake")
def processors(namu):
    """--cpus"""
    usual = min(len(os.sched_getaffinity(0)), 4)
    same("default", value(dry(namu), "-smp"), str(usual))
    same("seeded", value(dry(namu, "--seed", "1"), "-smp"), "1")
    for text, count in (("2", "2"), ("4.0", "4"), ("1", "1"), ("16", "16")):
        same(text, value(dry(namu, "--cpus", text), "-smp"), count)
        same(text, value(dry(namu, f"--cpus={text}"), "-smp"), count)


@test("fake")
def accelerator(namu):
    """--accel: auto takes KVM only where it can be used"""
    with open("/proc/cpuinfo") as file:
        has_flags = any(flag in file.read().split() for flag in ("vmx", "svm"))
    is_usable = has_flags and os.access("/dev/kvm", os.R_OK | os.W_OK)
    same("auto", value(dry(namu), "-accel"), "kvm" if is_usable else "tcg")
    same("auto", value(dry(namu, "--accel=auto"), "-accel"), "kvm" if is_usable else "tcg")
    words = dry(namu, "--accel", "tcg")
    same("tcg", value(words, "-accel"), "tcg")
    same("processor", value(words, "-cpu"), "max,-erms")
    if is_usable:
        same("kvm", value(dry(namu, "--accel", "kvm"), "-accel"), "kvm")
    else:
        namu.run("true", options=["--accel", "kvm"]).expect_own_failure("KVM cannot be used")


@test("fake")
def kernel_and_append(namu):
    """--kernel and --append"""
    path = namu.write("a kernel, odd", b"\x7fELF")
    same("kernel", value(dry(namu, "--kernel", path), "-kernel"), path)
    true("no -append", "-append" not in dry(namu))
    same("append", value(dry(namu, "--append", "a=1 b", "--append=c"), "-append"), "a=1 b c")


@test("fake")
def gdb(namu):
    """--gdb waits on a port of this host alone"""
    words = dry(namu, "--gdb")
    same("port", value(words, "-gdb"), "tcp:127.0.0.1:1234")
    true("stopped", "-S" in words)
    same("port", value(dry(namu, "--gdb=4321"), "-gdb"), "tcp:127.0.0.1:4321")


@test("fake")
def seed(namu):
    """--seed: counted instructions, a fixed clock, no source of chance, one processor"""
    for text, number in (("7", 7), ("0", 0), ("18446744073709551615", 2**64 - 1), ("0xff", 255)):
        words = dry(namu, "--seed", text)
        same("icount", value(words, "-icount"), "shift=0,sleep=off")
        matches("clock", value(words, "-rtc"), "clock=vm")
        matches("processor", value(words, "-cpu"), "-rdrand,-rdseed")
        same("processors", value(words, "-smp"), "1")
        same("QEMU's seed", value(words, "-seed"), str(number))
        true("no input port", not any("namu.in" in word for word in words), words)
        same("seed in the record", record(namu, 7, f"--seed={text}"), struct.pack("<Q", number))
    same("no entropy", record(namu, 8, "--seed=1"), None)
    same("clock", record(namu, 9, "--seed=1"), struct.pack("<Q", 1767225600 * 10**9))


@test("fake")
def record_of_an_ordinary_run(namu):
    """an ordinary run has fresh entropy and the host's clock, and no seed"""
    same("seed", record(namu, 7), None)
    one, two = record(namu, 8), record(namu, 8)
    same("bytes of entropy", len(one), 32)
    true("not the same twice", one != two)
    clock = struct.unpack("<Q", record(namu, 9))[0]
    true("clock", clock > 1_700_000_000 * 10**9, clock)


@test("fake")
def record_of_options(namu):
    """--user, --hostname, --tmpfs, --workdir, --read-only as the kernel gets them"""
    same("user", record(namu, 4), None)
    same("user", record(namu, 4, "-u", "1000:100"), b"1000:100")
    same("user", record(namu, 4, "--user=nobody"), b"nobody")
    same("host name", record(namu, 5), b"namu")
    same("host name", record(namu, 5, "--hostname", "box"), b"box")
    same("host name", record(namu, 5, "-h", "box.example"), b"box.example")
    same("tmpfs", record(namu, 6, "--tmpfs", "/run:size=1m"), b"/run:size=1m")
    same("working directory", record(namu, 3, "-w/tmp"), b"/tmp")
    same("read-only", record(namu, 12), None)
    same("read-only", record(namu, 12, "--read-only"), b"")
    same("read-only", record(namu, 12, "--read-only=false"), None)


@test("fake")
def trace(namu):
    """--trace joins a port to a file"""
    path = namu.path("trace")
    namu.run("true", options=["--trace", path]).expect(0)
    same("file", os.path.getsize(path), 0)
    result = namu.run("sh", "-c", "echo $FAKE_WORDS", options=[f"--trace={path}"]).expect(0)
    true("port", b"name=namu.trace" in result.out, result)


@test()
def environment(namu):
    """the program's environment is fixed, and -e adds to it"""
    result = namu.run("env", env={"LEAK": "1", "TERM": "odd"}).expect(0, None, b"")
    lines = dict(line.split("=", 1) for line in result.out.decode().splitlines() if not line.startswith("FAKE_"))
    same("PATH", lines["PATH"], "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    same("HOME", lines["HOME"], "/root")
    same("HOSTNAME", lines["HOSTNAME"], "namu")
    true("nothing of the host's", "LEAK" not in lines and "TERM" not in lines and "NAMU_DATA" not in lines, lines)


@test()
def environment_options(namu):
    """-e and --env: a value, an empty one, one of the host's, the last one wins"""
    script = 'echo "$A|$B|${C-unset}|${D-unset}|$E|$PATH"'
    options = ["-e", "A=1", "--env=B=two words=x", "-eC=", "-e", "D", "--env", "E", "-e", "E2", "-e", "A=last"]
    result = namu.run("/bin/sh", "-c", script, options=[*options, "-e", "PATH=/p"], env={"E": "host"})
    result.expect(0, b"last|two words=x||unset|host|/p\n", b"")


@test()
def environment_with_any_bytes(namu):
    """values with line ends, quotes and bytes that are no text"""
    odd = "a\nb\"'$x\\ \udcff 한"
    result = namu.run("sh", "-c", 'printf %s "$ODD"', options=["-e", "ODD=" + odd])
    result.expect(0, odd.encode("utf-8", "surrogateescape"), b"")


@test()
def environment_files(namu):
    """--env-file as docker reads it; -e wins over it in whatever order they stand"""
    one = namu.write(
        "one.env",
        b"\xef\xbb\xbf# a comment\n\n  A=from one\nB='quoted'\nC=x # kept\r\nD=1=2\nFROM_HOST\nNOT_THERE\nE=last line",
    )
    two = namu.write("two.env", b"A=from two\nW=file\n")
    script = 'echo "$A|$B|$C|$D|$FROM_HOST|${NOT_THERE-unset}|$E|$W"'
    options = ["-e", "W=option", "--env-file", one, f"--env-file={two}"]
    result = namu.run("sh", "-c", script, options=options, env={"FROM_HOST": "h"})
    result.expect(0, b"from two|'quoted'|x # kept|1=2|h|unset|last line|option\n", b"")


@test()
def working_directory(namu):
    """-w, --workdir"""
    namu.run("pwd").expect(0, b"/\n", b"")
    for options in (["-w", "/etc"], ["-w/etc"], ["--workdir", "/etc"], ["--workdir=/etc"]):
        namu.run("pwd", options=options).expect(0, b"/etc\n", b"")


@test("real")
def user(namu):
    """-u, --user: numbers and names"""
    namu.shell("id -u; id -g; echo $HOME").expect(0, b"0\n0\n/root\n", b"")
    for text, out in (("1000:100", b"1000\n100\n/\n"), ("nobody", b"65534\n65534\n/nonexistent\n"), ("root", b"0\n0\n/root\n")):
        namu.shell("id -u; id -g; echo $HOME", options=["-u", text]).expect(0, out, b"")
    namu.shell("cat /etc/shadow", options=["--user=1000"]).expect(1, b"")
    for name in ("no-such-user", "root:no-such-group", "1000:", "4294967296", "-1"):
        namu.run("true", options=[f"--user={name}"]).expect_own_failure("user or group")


@test("real")
def hostname(namu):
    """--hostname"""
    namu.shell("hostname; uname -n; echo $HOSTNAME").expect(0, b"namu\nnamu\nnamu\n", b"")
    namu.shell("hostname; uname -n; echo $HOSTNAME", options=["--hostname=box"]).expect(0, b"box\nbox\nbox\n", b"")


@test("real")
def tmpfs(namu):
    """--tmpfs: an empty file system, its directory made if missing"""
    script = "ls -A /etc /new/place; echo x > /new/place/f; cat /new/place/f"
    result = namu.shell(script, options=["--tmpfs", "/new/place", "--tmpfs=/etc"])
    result.expect(0, b"/etc:\n\n/new/place:\nx\n", b"")


@test("real")
def read_only(namu):
    """--read-only: nothing in the root can be written, a tmpfs can"""
    result = namu.shell("echo x > /tmp/f", options=["--read-only"])
    true("refused", result.code != 0 and b"ead-only" in result.err, result)
    namu.shell("echo x > /tmp/f; cat /tmp/f", options=["--read-only", "--tmpfs", "/tmp"]).expect(0, b"x\n", b"")


@test("real")
def memory_and_processors(namu):
    """-m is the memory the program sees"""
    for text, least, most in (("64m", 48 << 10, 64 << 10), ("512m", 490 << 10, 512 << 10)):
        result = namu.shell("grep MemTotal /proc/meminfo", options=["-m", text]).expect(0, None, b"")
        true(text, least <= int(result.out.split()[1]) <= most, result)


@test("real")
def little_memory(namu):
    """a shell runs with -m 16m"""
    namu.shell("echo small", options=["-m", "16m"]).expect(0, b"small\n", b"")


@test()
def harmless(namu):
    """-i, -t, -it, --rm, --interactive, --tty are taken as docker takes them"""
    for options in (["-i"], ["-t"], ["-it"], ["--rm"], ["-i", "-t", "--rm"], ["--interactive", "--tty"], ["-it=true"]):
        namu.run("echo", "x", options=options).expect(0, b"x\n", b"")


@test("fake")
def bundles(namu):
    """short options in one word, the last one with a value"""
    same("memory", value(dry(namu, "-itm64m"), "-m"), "65536k")
    same("memory", value(dry(namu, "-itm", "64m"), "-m"), "65536k")
    namu.run("sh", "-c", "echo $A", options=["-iteA=b"]).expect(0, b"b\n", b"")


@test()
def words_of_the_command(namu):
    """what stands behind -- is the command's, whatever it looks like"""
    namu.run("echo", "-m", "--", "--help", "", "a b", "*").expect(0, b"-m -- --help  a b *\n", b"")
    namu.run("sh", "-c", 'for i; do echo "[$i]"; done', "sh", "", "\n", "'\"$x`").expect(
        0, b"[]\n[\n]\n['\"$x`]\n", b""
    )


@test()
def many_words(namu):
    """hundreds of kilobytes of arguments and environment"""
    words = [str(i) * 10 for i in range(5000)]
    result = namu.run("echo", *words, options=["-e", "BIG=" + "x" * 100000])
    result.expect(0, (" ".join(words) + "\n").encode(), b"")


@test()
def no_command(namu):
    """without a command the root's shell reads its script from stdin"""
    namu.call("run", data=b"echo from a script; exit 4\n").expect(4, b"from a script\n", b"")
    namu.call("run", "--", data=b"echo again\n").expect(0, b"again\n", b"")


@test("fake")
def options_after_the_root(namu):
    """options may stand between ROOT and --"""
    root = os.path.join(namu.data, "root.erofs")
    namu.call("run", root, "-e", "A=x", "--", "sh", "-c", "echo $A").expect(0, b"x\n", b"")
