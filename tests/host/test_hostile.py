"""Hostile archives: nothing is written outside the image, and what makes no sense is refused with a clear line."""
import gzip
import lzma
import os
import random
import struct
import tarfile
import time

from harness import matches, same, test, true
from packs import Layout, busybox, entry, hard_link, link, tar
from test_images import cached, tree_of
from test_packs import layered, listing, read


def refused(namu, entries, pattern, form=tarfile.PAX_FORMAT):
    """The archive is refused, as a root of its own and as a layer."""
    data = entries if isinstance(entries, bytes) else tar(entries, form)
    path = namu.write("bad.tar", data)
    result = namu.run("true", root=path).expect_own_failure(pattern)
    true("it says which file", "cannot read" in result.err.decode(), result)
    layout = Layout(namu.path(f"bad-{time.monotonic_ns()}"))
    layer = layout.blob(data, "application/vnd.oci.image.layer.v1.tar")
    config = layout.blob({"os": "linux", "architecture": "amd64"}, "application/vnd.oci.image.config.v1+json")
    layout.name(layout.blob({"config": config, "layers": [layer]}, "application/vnd.oci.image.manifest.v1+json"))
    namu.run("true", root=f"oci:{layout.path}").expect_own_failure(pattern)
    same("nothing kept", cached(namu), [])


@test("fake")
def paths_outside(namu):
    """paths with '..' are refused"""
    for name in ("../x", "a/../../x", "..", "a/..", "/../x", "./../x"):
        refused(namu, [entry("a"), entry(name, "x")], "the path has '..' in it")
    refused(namu, [entry("f", "x"), hard_link("g", "../../etc/passwd")], "the path has '..' in it")
    refused(namu, [entry("f", "x"), hard_link("../g", "f")], "the path has '..' in it")


@test("real")
def confined(namu):
    """absolute paths and links that lead out mean places in the image; the host is as it was"""
    outside = namu.path("outside")
    os.mkdir(outside)
    namu.write("outside/file", "of the host")
    before = tree_of(outside)
    entries = [
        *busybox(), entry("/abs/file", "1"), entry("//etc//double", "1"),
        link("out", outside), entry("out/file", "in the image"),
        link("up", "../../../../../up-target"), entry("up/file", "2"),
        link("hop", "hop2"), link("hop2", "/real"), entry("real"), entry("hop/file", "3"),
        link("self", "file"), entry("over", "x"), link("over", "/etc/passwd"), entry("over", "mine"),
    ]  # fmt: skip
    path = namu.write("root.tar", tar(entries))
    read(namu, path, "/abs/file", "/etc/double", "/up-target/file", "/real/file", "/over").expect(0, b"1123mine", b"")
    read(namu, path, f"{outside}/file").expect(0, b"in the image", b"")
    same("the host", tree_of(outside), before)
    got = listing(namu, path)
    true("the last of one name wins", got["/over"].split(" ")[3] == "regular", got["/over"])


@test("fake")
def senseless(namu):
    """links in circles, to nowhere, to directories; files as directories; names too long and trees too deep"""
    refused(namu, [link("a", "b"), link("b", "a"), entry("a/f", "x")], "too many symbolic links")
    refused(namu, [link("a", "a/a"), entry("a/f", "x")], "too many symbolic links")
    refused(namu, [hard_link("a", "nowhere")], "a link to 'nowhere', which is not there")
    refused(namu, [entry("d"), hard_link("a", "d")], "a link to the directory 'd'")
    refused(namu, [entry("f", "x"), entry("f/g", "x")], "'f' is no directory")
    refused(namu, [entry(".", "x")], "the root is no directory")
    refused(namu, [entry("n" * 256, "x")], "a name of more than 255 bytes")
    refused(namu, [entry("n" * 256 + "/x", "x")], "a name of more than 255 bytes")
    refused(namu, [entry("d/" * 2000 + "x", "x")], "directories more than 1024 deep")
    refused(namu, [link("l", "t" * 5000)], "a symbolic link without a usable target")
    refused(namu, [entry("c", type_=tarfile.CHRTYPE, devmajor=70000, devminor=1)], "a device number that does not fit")
    refused(namu, [entry("f", "x", uid=1 << 40)], "an owner that does not fit")
    refused(namu, [entry("f", "x", pax_headers={"SCHILY.xattr.user.big": "v" * 70000})], "an extended attribute is too large")
    root = layered(namu, [[entry(".wh.", "")]], name="w1")
    namu.run("true", root=root).expect_own_failure("a whiteout that names nothing")
    for number, name in enumerate((".wh...", ".wh..", "x/../.wh.y")):
        root = layered(namu, [[entry(name, "")]], name=f"w2{number}")
        namu.run("true", root=root).expect_own_failure("whiteout that names nothing|has '..' in it")
    # A link to itself, and in place of itself.
    namu.run("true", root=namu.write("ok.tar", tar([entry("f", "x"), hard_link("f", "f"), hard_link("g", "f")]))).expect(0, b"", b"")


def header(name, size, type_=b"0", magic=b"ustar\x0000"):
    """A raw header with any size, and the right sum."""
    head = bytearray(512)
    head[: len(name)] = name
    head[100:108] = b"0000644\0"
    head[108:116] = head[116:124] = b"0000000\0"
    head[124:136] = size if isinstance(size, bytes) else b"%011o\0" % size
    head[136:148] = b"00000000000\0"
    head[156:157] = type_
    head[257:265] = magic
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


@test("fake")
def damaged(namu):
    """archives that are cut, whose sums are wrong, whose sizes are huge, that are no archives"""
    # The same noise each time: where a compressed stream may be cut unnoticed depends on it.
    noise = random.Random(7)
    good = tar([entry("f", noise.randbytes(5000)), entry("g", noise.randbytes(5000))])
    for cut in (513, 1000, 3000, 512 + 4999, 7000):
        refused(namu, good[:cut], "cannot read .*[Tt]runcated")
    packed = gzip.compress(good)
    for cut in (5, 20, len(packed) // 2, len(packed) - 9):
        refused(namu, packed[:cut], "cannot read ")
    bad = bytearray(good)
    at = good.index(b"g\0", 512)
    bad[at] = ord("h")
    refused(namu, bytes(bad), "cannot read .*([Cc]hecksum|[Dd]amaged)")
    wrong = bytearray(lzma.compress(good))
    wrong[len(wrong) // 2] ^= 0x55
    refused(namu, bytes(wrong), "cannot read ")
    for text in (b"no archive at all" * 100, noise.randbytes(5000), b"x"):
        namu.run("true", root=namu.write("bad.tar", text)).expect_own_failure("cannot read ")
    for size in (1 << 32, (8 << 30) - 1):
        refused(namu, header(b"huge", size) + bytes(1024), "cannot read .*[Tt]runcated")
    base256 = b"\x80" + struct.pack(">Q", (1 << 62)).rjust(11, b"\0")
    refused(namu, header(b"huge", base256) + bytes(1024), "larger than 64 GiB|[Tt]runcated|cannot read")
    negative = b"\xff" * 12
    refused(namu, header(b"negative", negative) + bytes(1024), "cannot read")


def sparse(name, pieces, real):
    """A file of GNU's old sparse form."""
    head = bytearray(header(name, sum(count for _, count in pieces), b"S", b"ustar  \0"))
    for i, (at, count) in enumerate(pieces[:4]):
        head[386 + 24 * i : 386 + 24 * i + 24] = b"%011o\0%011o\0" % (at, count)
    head[483:495] = b"\x80" + real.to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    data = b"".join(b"D" * ((count + 511) // 512 * 512) for _, count in pieces)
    return bytes(head) + data


@test("real")
def sparse_files(namu):
    """sparse files keep their holes; those that claim too much are refused"""
    whole = tar(busybox()).rstrip(b"\0")
    whole += bytes(-len(whole) % 512)
    path = namu.write("sparse.tar", whole + sparse(b"holes", [(0, 512), (1 << 28, 512)], (1 << 28) + 512) + bytes(1024))
    script = "busybox wc -c < /holes; busybox dd if=/holes bs=512 skip=524288 2>/dev/null | busybox tr -d D | busybox wc -c"
    namu.run("sh", "-c", script, root=path).expect(0, b"268435968\n0\n", b"")
    image = [p for p in cached(namu)][0]
    true("holes take no room", os.stat(image).st_blocks * 512 < 32 << 20, os.stat(image))
    os.unlink(image)
    refused(namu, sparse(b"bomb", [(0, 512)], 1 << 50) + bytes(1024), "larger than 64 GiB")
    refused(namu, sparse(b"beyond", [(4096, 512)], 512) + bytes(1024), "more bytes than it says|cannot read")


@test("fake")
def bombs(namu):
    """what unpacks to more than there may be ends with a line"""
    block = header(b"zeros", (8 << 30) - 512)
    total = 0

    def write(path):
        nonlocal total
        with gzip.open(path, "wb", 1) as file:
            file.write(block)
            piece = bytes(1 << 20)
            for _ in range(64):
                file.write(piece)
                total += len(piece)

    write(namu.path("bomb.tar.gz"))
    result = namu.run("true", root=namu.path("bomb.tar.gz")).expect_own_failure("cannot read .*[Tt]runcated")
    matches("a line", result.err, "zeros|bomb")
    same("nothing kept", cached(namu), [])
