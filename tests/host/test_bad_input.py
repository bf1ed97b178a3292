"""What bad input gets: 125 and one clear line, nothing on stdout."""
import os
import shutil

from harness import ROOT, same, test, true


@test("fake")
def bad_options(namu):
    """options that mean nothing"""
    for words, text in (
        (["--no-such"], "unknown option --no-such"),
        (["-Z"], "unknown option -Z"),
        (["-iZ"], "unknown option -Z"),
        (["--mem", "1g"], "unknown option --mem"),
        (["-e", "=x"], "bad setting"),
        (["-e", ""], "bad setting"),
        (["--cpus", "0"], "number of processors"),
        (["--cpus", "1.5"], "number of processors"),
        (["--cpus", "many"], "number of processors"),
        (["--cpus", "999999"], "number of processors"),
        (["--cpus", "17"], "a whole number from 1 to 16"),
        (["--timeout", "soon"], "bad time limit"),
        (["--timeout", "-1"], "bad time limit"),
        (["--timeout", "1e3"], "bad time limit"),
        (["--timeout", "inf"], "bad time limit"),
        (["--timeout", ""], "bad time limit"),
        (["--seed", "x"], "bad seed"),
        (["--seed", "18446744073709551616"], "bad seed"),
        (["--seed", "-1"], "bad seed"),
        (["--seed", "1", "--cpus", "2"], "one processor"),
        (["--seed", "1", "--accel", "kvm"], "--accel tcg"),
        (["--accel", "fast"], "bad accelerator"),
        (["--gdb=x"], "bad port"),
        (["--gdb=65536"], "bad port"),
        (["--gdb=0"], "bad port"),
        (["--hostname", "a b"], "bad host name"),
        (["--hostname", ""], "bad host name"),
        (["--hostname", "x" * 65], "bad host name"),
        (["--hostname", "-x"], "bad host name"),
        (["--workdir", "relative"], "must begin with a slash"),
        (["--tmpfs", "relative"], "must begin with a slash"),
        (["--user", ""], "empty user"),
        (["--status-fd", "x"], "bad descriptor"),
        (["--status-fd", "77"], "not open for writing"),
        (["--read-only=perhaps"], "true or false"),
    ):
        namu.run("true", options=words).expect_own_failure(text)
    namu.call("run", "--memory").expect_own_failure("--memory needs a value")
    namu.call("run", "-m").expect_own_failure("-m needs a value")
    with open("/dev/null", "rb") as file:
        namu.run("true", options=["--status-fd", "0"], stdin=file).expect_own_failure("not open for writing")


@test("fake")
def bad_memory(namu):
    """memory sizes that are none, and too little of it"""
    for text in ("", "x", "12q", "m", "-5m", "1.g", ".5g", "0x10m", "64m64", "64mbb", "1e9", "99999999999999999999g"):
        namu.run("true", options=["-m", text]).expect_own_failure("bad memory size")
    for text in ("0", "1", "256", "7m", "7.9m"):
        namu.run("true", options=["-m", text]).expect_own_failure("too little memory")


@test()
def image_larger_than_memory(namu):
    """too little memory for the root's image"""
    root = namu.path("root")
    namu.write("root/big", b"x" * (12 << 20))
    namu.run("true", options=["-m", "16m"], root=root).expect_own_failure("too little memory.*at least")


@test("real")
def more_memory_than_there_is(namu):
    """more memory than this host can give"""
    namu.run("true", options=["-m", "900000g"]).expect_own_failure("QEMU: ")


@test()
def no_such_root(namu):
    """a root that is not there"""
    namu.run("true", root="no-such-root").expect_own_failure("no such root: no-such-root")
    namu.call("run", "", "--", "true").expect_own_failure("no such root")
    namu.run("true", root=namu.write("file", b"") + "/below").expect_own_failure("root")


@test()
def no_dashes(namu):
    """a command without -- is told how to write it"""
    namu.call("run", "/etc", "ls", "-l").expect_own_failure("namu run /etc -- ls")
    namu.call("run", "ls").expect_own_failure("no such root: ls .*namu run -- ls")


@test()
def not_an_image(namu):
    """a root that is neither a directory nor an image"""
    for name, data in (
        ("empty", b""),
        ("short", b"x"),
        ("text", b"this is no image\n" * 1000),
        ("zeros", bytes(1 << 20)),
        ("nearly", bytes(1024) + b"\xe2\xe1\xf5"),
    ):
        namu.run("true", root=namu.write(name, data)).expect_own_failure("not an EROFS image")
    namu.run("true", root="/dev/null").expect_own_failure("neither a directory nor")
    os.mkfifo(namu.path("fifo"))
    namu.run("true", root=namu.path("fifo")).expect_own_failure("neither a directory nor")


@test()
def truncated_image(namu):
    """an image cut short, at any place"""
    with open(ROOT, "rb") as file:
        data = file.read()
    for count in (1152, 4095, 4096, 8192, len(data) // 2, len(data) - 4096, len(data) - 1):
        namu.run("true", root=namu.write("cut", data[:count])).expect_own_failure("truncated")


@test()
def corrupt_superblock(namu):
    """an image whose superblock was changed"""
    with open(ROOT, "rb") as file:
        data = bytearray(file.read())
    for at in (1024 + 4, 1024 + 14, 1024 + 16, 1024 + 40, 1024 + 48, 1024 + 80, 2000):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        namu.run("true", root=namu.write("changed", changed)).expect_own_failure("image")
    changed = bytearray(data)
    changed[1024 + 12] = 9
    namu.run("true", root=namu.write("changed", changed)).expect_own_failure("blocks of another size")


@test("real")
def corrupt_image(namu):
    """an image with changed insides: an errno in the guest or 125, never a panic and never a hang"""
    with open(ROOT, "rb") as file:
        data = bytearray(file.read())
    for seed in range(24):
        changed = bytearray(data)
        for i in range(16):
            changed[4096 + (seed * 7919 + i * 104729) % 16384] = (seed * 31 + i * 17) & 0xFF
        result = namu.run("find", "/", "-xdev", root=namu.write("changed", changed), options=["--timeout", "200"])
        true(f"seed {seed} does not hang", result.code != 124, result)
        true(f"seed {seed} does not panic", b"panic" not in result.err, result)


@test()
def missing_parts(namu):
    """QEMU, kernel or built-in root are not there"""
    namu.run("true", env={"NAMU_QEMU": "/no/such/qemu"}).expect_own_failure(
        "QEMU is missing: NAMU_QEMU names no program: /no/such/qemu")  # fmt: skip
    same("125", namu.run("true", env={"NAMU_QEMU": "/etc/passwd"}).code, 125)
    namu.run("true", options=["--kernel", "/no/such"]).expect_own_failure("cannot read the kernel /no/such")
    namu.run("true", options=["--kernel", "/etc/passwd"]).expect_own_failure("not an ELF file")
    namu.run("true", env={"NAMU_DATA": namu.path("home")}).expect_own_failure("kernel is missing")
    os.unlink(os.path.join(namu.data, "root.erofs"))
    namu.run("true").expect_own_failure("built-in root is missing")


@test("real")
def not_a_kernel(namu):
    """an ELF file that is no kernel"""
    namu.run("true", options=["--kernel", shutil.which("true")]).expect_own_failure("QEMU: ")


@test("fake")
def qemu_not_in_path(namu):
    """no QEMU in PATH: said with the package's name"""
    namu.env.pop("NAMU_QEMU")
    if shutil.which("qemu-system-x86_64", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        # It would be found in the system's own places; a name that is in none of them stands in.
        namu.env["NAMU_QEMU"] = "no-such-qemu"
        namu.run("true", env={"PATH": "/nowhere"}).expect_own_failure("NAMU_QEMU names no program: no-such-qemu")
    else:
        namu.run("true", env={"PATH": "/nowhere"}).expect_own_failure("apt-get install qemu-system-x86")


@test()
def bad_environment_files(namu):
    """files of settings that are none"""
    namu.run("true", options=["--env-file", "/no/such"]).expect_own_failure("cannot read the environment file")
    namu.run("true", options=["--env-file", "/"]).expect_own_failure("cannot read the environment file")
    for data in (b"A B=1\n", b"=x\n", b"A=1\x002\n", b"ok=1\n two words\n"):
        namu.run("true", options=["--env-file", namu.write("bad.env", data)]).expect_own_failure("line [12]")


@test()
def unwritable_trace(namu):
    """a trace file that cannot be written"""
    namu.run("true", options=["--trace", "/no/such/place"]).expect_own_failure("cannot write the trace file")


@test("fake")
def too_much_input_for_a_seed(namu):
    """a seeded run whose input is beyond the start record"""
    with open(namu.path("big"), "wb") as file:
        file.truncate(300 << 20)
    with open(namu.path("big"), "rb") as file:
        namu.run("true", options=["--seed", "1"], stdin=file).expect_own_failure("limited to 240 MiB")


@test("fake")
def bad_commands(namu):
    """subcommands that mean nothing"""
    namu.call().expect_own_failure("namu help")
    namu.call("walk").expect_own_failure("no such command: walk")
    namu.call("help", "walk").expect_own_failure("no such command: walk")
    namu.call("version", "x").expect_own_failure("takes no words")
    namu.call("doctor", "x").expect_own_failure("takes no words")
    namu.call("image").expect_own_failure("namu image SOURCE -o FILE.erofs")
    namu.call("image", "/etc").expect_own_failure("namu image SOURCE -o FILE.erofs")
    namu.call("image", "/etc", "/usr", "-o", "x").expect_own_failure("one source")
    namu.call("image", "/no/such", "-o", "x.erofs").expect_own_failure("No such file")
    namu.call("image", "/etc/passwd", "-o", "x.erofs").expect_own_failure("not an EROFS image")
