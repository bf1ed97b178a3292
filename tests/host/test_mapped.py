"""Large images: mapped where they lie, not copied."""
import os
import random
import re
import shlex
import subprocess

from harness import matches, read_line, same, test, true
from test_images import make_root
from test_options import value

MIB = 1 << 20
GIB = 1 << 30


def large_image(namu, name="x.erofs", megabytes=20):
    """An image of a root with a large file; and the file's bytes."""
    root = make_root(namu)
    data = random.Random(3).randbytes(megabytes * MIB)
    namu.write("root/big", data)
    image = namu.path(name)
    namu.call("image", root, "-o", image).expect(0, b"", b"")
    return image, data


def stretched(namu, bytes_):
    """A sparse image of that size."""
    image, _ = large_image(namu)
    os.truncate(image, bytes_)
    return image


def dry(namu, root, *options):
    result = namu.run("true", options=["--dry-run", *options], root=root).expect(0, None, b"")
    return shlex.split(result.out.decode())


def place(words):
    """Memory, start of the image, its size."""
    joined = " ".join(words)
    start, size = (int(number, 16) for number in re.search(r"image=(\w+)\+(\w+)", value(words, "-append")).groups())
    memory = int(re.search(r"id=memory,size=(\d+)", joined)[1])
    same("size of the file", int(re.search(r"id=image,size=(\d+)", joined)[1]), size)
    same("sum", int(value(words, "-m").removesuffix("k")) * 1024, memory + size)
    return memory, start, size


@test("fake")
def mapped(namu):
    """a large image is mapped behind the memory, a small one is loaded"""
    image, _ = large_image(namu)
    words = dry(namu, image, "-m", "64m")
    true("no initrd", "-initrd" not in words, words)
    true("the file", any(f"mem-path={image}" in word and "readonly=on" in word for word in words), words)
    memory, start, size = place(words)
    true("memory", 64 * MIB <= memory <= 64 * MIB + 8192, memory)
    same("start", start, memory)
    same("size", size, os.path.getsize(image))
    words = dry(namu, image, "--append", "a=1 b")
    true("words of --append", value(words, "-append").endswith(" a=1 b"), words)
    true("no mapping", not any("mem-path" in word for word in dry(namu, None)))
    for name in ("with, comma=1.erofs", "with blank.erofs"):
        os.rename(image, namu.path(name))
        image = namu.path(name)
        namu.run("true", root=image).expect(0, b"", b"")


@test("fake")
def places(namu):
    """images near and above 3 GiB lie in one piece, or are refused with a remedy"""
    image = stretched(namu, 2900 * MIB)
    memory, start, _ = place(dry(namu, image, "-m", "128m"))
    same("below 3 GiB", start, memory)
    namu.run("true", options=["-m", "512m"], root=image).expect_own_failure("do not fit below 3 GiB: use -m 3g or more")
    for options in ([], ["-m", "3g"], ["-m", "5g"]):
        memory, start, _ = place(dry(namu, image, *options))
        true("memory", memory >= 3 * GIB, memory)
        same("above 4 GiB", start, memory + GIB)
    os.truncate(image, 9 * GIB)
    memory, start, _ = place(dry(namu, image))
    same("above 4 GiB", start, memory + GIB)
    line = namu.run("true", options=["-m", "64m"], root=image).expect_own_failure("too little memory.*at least [0-9]+m")
    least = re.search(rb"at least (\d+)m", line.err)[1].decode()
    same("what was said is enough for the records", least, str(8 + 9 * 1024 // 128))


@test("fake")
def odd_size(namu):
    """bytes behind the last whole page are left out"""
    image, _ = large_image(namu)
    size = os.path.getsize(image)
    with open(image, "ab") as file:
        file.write(b"x" * 100)
    same("size", place(dry(namu, image))[2], size)


@test("real")
def programs_run(namu):
    """programs run from a mapped image, read it whole, and change nothing in it"""
    image, data = large_image(namu)
    before = open(image, "rb").read()
    script = "md5sum /big; echo new > /big; cat /big; echo more >> /file; cat /file; awk '/MemTotal/ {print $2}' /proc/meminfo"
    os.symlink("busybox", namu.path("root/bin/md5sum"))
    result = namu.run("busybox", "sh", "-c", script.replace("md5sum", "busybox md5sum").replace("awk", "busybox awk"),
                      options=["-m", "32m"], root=image)  # fmt: skip
    same("status", (result.code, result.err), (0, b""))
    lines = result.out.decode().split()
    same("sum", lines[0], subprocess.run(["md5sum"], input=data, capture_output=True).stdout.split()[0].decode())
    same("changed", lines[2:5], ["new", "first", "more"])
    true("-m is the machine's own memory", 30 * 1024 < int(lines[5]) <= 32 * 1024, lines)
    true("the image is as it was", open(image, "rb").read() == before)


@test("real")
def above_4_gib(namu):
    """an image above 4 GiB"""
    image = stretched(namu, 2900 * MIB)
    namu.run("busybox", "wc", "-c", "/big", root=image).expect(0, b"%d /big\n" % (20 * MIB), b"")


@test("real")
def seeded(namu):
    """two seeded runs from a mapped image are the same byte for byte"""
    image, _ = large_image(namu)
    script = "busybox md5sum /big /dev/shm/x; busybox date +%N; for i in 1 2 3; do echo $i & done; wait; cat /proc/self/maps"
    runs = [namu.run("sh", "-c", script, options=["--seed", "5", "--verbose"], root=image) for _ in range(2)]
    true("something", len(runs[0].out) > 200, runs[0])
    same("the second", (runs[1].code, runs[1].out, runs[1].err), (runs[0].code, runs[0].out, runs[0].err))


@test("real")
def replaced_while_used(namu):
    """an image that is made anew while it is used is the old one to who uses it, the new one to the next"""
    image, data = large_image(namu)
    process = namu.start("run", image, "--", "sh", "-c", "echo up; read x; busybox md5sum /big; cat /file")
    same("up", read_line(process.stdout), b"up\n")
    namu.write("root/file", b"second\n")
    namu.write("root/big", b"small")
    namu.call("image", namu.path("root"), "-o", image).expect(0, b"", b"")
    result = namu.finish(process, b"\n")
    expected = subprocess.run(["md5sum"], input=data, capture_output=True).stdout.split()[0]
    same("old", result.out.split(), [expected, b"/big", b"first"])
    namu.run("cat", "/file", root=image).expect(0, b"second\n", b"")


@test("real")
def cut_while_used(namu):
    """an image that is cut short while it is used: one line"""
    image, _ = large_image(namu)
    process = namu.start("run", image, "--", "sh", "-c", "echo up; while :; do busybox md5sum /big; done")
    same("up", read_line(process.stdout), b"up\n")
    os.truncate(image, 0)
    result = namu.finish(process)
    same("status", result.code, 125)
    matches("line", result.err, r"^namu: the root's image was cut short or could not be read while the machine ran\n$")


@test("real")
def wrong_places(namu):
    """a place of an image that is none ends the machine with a clear line"""
    image, _ = large_image(namu)
    command = dry(namu, image)
    at = command.index("-append")
    for text, expected in (
        ("image=zz", "it is not START"), ("image=1000", "it is not START"), ("image=1000+", "it is not START"),
        ("image=1001+1000", "whole pages"), ("image=fffffffffffff000+2000", "whole pages"),
        ("image=7f000000000+1000", "outside memory"), ("image=100000+1000000", "too little memory for the records"),
    ):  # fmt: skip
        words = command[: at + 1] + [text] + command[at + 2 : command.index("-chardev")] + ["-serial", "stdio"]
        words = [w for i, w in enumerate(words) if w != "-fw_cfg" and (i == 0 or words[i - 1] != "-fw_cfg")]
        result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        matches(text, result.stdout, rf"panic: .*{expected}")
