"""Archives, OCI layouts and docker archives as roots."""
import glob
import gzip
import json
import os
import random
import subprocess
import tarfile
import time

from harness import Failure, matches, same, test, true
from packs import (COMPRESSIONS, CONFIG, INDEX, LAYER, MANIFEST, PLATFORM, Layout, busybox, docker_archive, entry,
                   hard_link, link, tar)  # fmt: skip
from test_images import as_nobody, cached

LIST = "busybox find / -xdev ! -path '/proc/*' ! -path '/dev/*' ! -path '/bin*' -exec busybox stat -c '%n %a %u %g %F %h %Y' {} +"


def listing(namu, root, **rest):
    """What is in a root: path to its facts."""
    result = namu.run("busybox", "sh", "-c", LIST, root=root, **rest).expect(0, None, b"")
    lines = result.out.decode("utf-8", "surrogateescape").splitlines()
    return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in lines}


def read(namu, root, *paths, **rest):
    return namu.run("busybox", "cat", *paths, root=root, **rest)


@test("real")
def tar_as_root(namu):
    """a tar in every compression and format is a root"""
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        data = tar([*busybox(), entry("etc/file", f"format {form}\n")], form)
        path = namu.write(f"root{form}.tar", data)
        read(namu, path, "/etc/file").expect(0, f"format {form}\n".encode(), b"")
    for suffix, compress in COMPRESSIONS.items():
        data = tar([*busybox(), entry("etc/file", suffix)])
        path = namu.write(f"root.{suffix}", compress(data))
        read(namu, path, "/etc/file").expect(0, suffix.encode(), b"")


@test("real")
def everything_is_kept(namu):
    """owners, modes, times, kinds, links and devices, without any rights"""
    entries = [
        *busybox(),
        entry(".", mode=0o711, uid=3, gid=4),
        entry("f", "x", mode=0o4751, uid=70000, gid=80000, mtime=123456789),
        entry("d", mode=0o1777, uid=5, gid=6),
        hard_link("d/same", "f"),
        link("l", "/nowhere/at all", mode=0o777),
        entry("null", type_=tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
        entry("disk", type_=tarfile.BLKTYPE, devmajor=259, devminor=70000, mode=0o660),
        entry("pipe", type_=tarfile.FIFOTYPE, mode=0o600),
        entry("implied/deep/er/file", "y"),
        entry("empty", ""),
        link("long", "t" * 4000),
    ]
    path = namu.write("root.tar", tar(entries))
    got = listing(namu, path)
    expected = {
        "/": "711 3 4 directory",
        "/f": "4751 70000 80000 regular file 2 123456789",
        "/d": "1777 5 6 directory 2 1000000000",
        "/d/same": "4751 70000 80000 regular file 2 123456789",
        "/l": "777 0 0 symbolic link 1 1000000000",
        "/null": "666 0 0 character special file 1 1000000000",
        "/disk": "660 0 0 block special file 1 1000000000",
        "/pipe": "600 0 0 fifo 1 1000000000",
        "/implied/deep/er": "755 0 0 directory 2 1000000000",
        "/empty": "755 0 0 regular empty file 1 1000000000",
    }
    for name, facts in expected.items():
        true(f"{name}: {facts}", got.get(name, "").startswith(facts), got.get(name))
    script = "busybox readlink /l; busybox readlink /long | busybox wc -c; busybox stat -c '%t %T' /null /disk; echo gone > /null; echo ok"
    namu.run("sh", "-c", script, root=path).expect(0, b"/nowhere/at all\n4001\n1 3\n103 11170\nok\n", b"")


@test("real")
def the_same_without_rights(namu):
    """a user without rights gets the same image byte for byte"""
    if os.getuid() != 0:
        return
    entries = [*busybox(), entry("f", "x", uid=1234), entry("null", type_=tarfile.CHRTYPE, devmajor=1, devminor=3)]
    path = namu.write("root.tar", tar(entries))
    os.chmod(namu.directory, 0o755)
    os.mkdir(namu.path("out"))
    os.chmod(namu.path("out"), 0o777)
    namu.call("image", path, "-o", namu.path("out/a.erofs")).expect(0, b"", b"")
    from harness import NAMU

    result = as_nobody(NAMU, "image", path, "-o", namu.path("out/b.erofs"), env=namu.env)
    same("status", (result.returncode, result.stderr), (0, b""))
    same("images", open(namu.path("out/a.erofs"), "rb").read(), open(namu.path("out/b.erofs"), "rb").read())


@test("fake")
def checked_by_others(namu):
    """erofs-utils find nothing wrong with the images, and the same files in them"""
    rng = random.Random(5)
    entries = [entry(f"d{i % 7}/{'n' * rng.randrange(1, 200)}{i}", rng.randbytes(rng.randrange(20000))) for i in range(600)]
    entries += [entry(f"many/{i}", str(i)) for i in range(3000)]
    entries += [entry(name, "odd") for name in ("-x", "!x", "a b", "\u00e9", "\ud55c\uae00", "..x", "x" * 255)]
    path = namu.write("root.tar", tar(entries))
    image = namu.path("x.erofs")
    namu.call("image", path, "-o", image).expect(0, b"", b"")
    done = subprocess.run(["fsck.erofs", f"--extract={namu.path('out')}", image], capture_output=True)
    same("fsck.erofs", done.returncode, 0)
    for info, data in entries:
        same(info.name, open(namu.path("out/" + info.name), "rb").read(), data)
    found = sum(len(files) for _, _, files in os.walk(namu.path("out")))
    same("files", found, len(entries))


def layered(namu, layers, config=None, name="layout", **rest):
    layout = Layout(namu.path(name))
    layout.name(layout.image(layers, config, **rest))
    return "oci:" + layout.path


@test("real")
def layers_in_order(namu):
    """later layers win; whiteouts hide what lower layers have, opaque ones all of a directory"""
    first = [
        *busybox(), entry("a", "1"), entry("b", "1"), entry("c/x", "1"), entry("c/y", "1"), entry("d/x", "1"),
        entry("d/sub/deep", "1"), entry("e/f", "1"), entry("g", "1"), entry("h/i", "1"), entry("k/old", "1"),
        link("to-d", "d"), hard_link("a2", "a"), entry("again", "1"),
    ]  # fmt: skip
    second = [
        entry("a", "2"), entry(".wh.b", ""), entry("d/new", "2"), entry("d/.wh..wh..opq", ""), entry("e", "2"),
        entry("g"), entry("g/now-a-directory", "2"), entry(".wh.h", ""), entry("h/j", "2"), entry("c", mode=0o700),
        entry("c/.wh.x", ""), entry(".wh.not-there", ""), entry("k/.wh..wh..opq", ""), entry("k/sub/new", "2"),
        entry(".wh..wh.plnk", ""), entry(".wh.again", ""),
    ]  # fmt: skip
    third = [entry("again", "3"), entry("to-d/through", "3")]
    for number, packing in enumerate(("", "+gzip", "+zstd")):
        root = layered(namu, [first, second, third], name=f"layout{number}", packing=packing)
        got = listing(namu, root)
        expected = {
            "/a", "/a2", "/c", "/c/y", "/d", "/d/new", "/d/through", "/e", "/g", "/g/now-a-directory", "/h", "/h/j",
            "/k", "/k/sub", "/k/sub/new", "/to-d", "/again",
        }  # fmt: skip
        same("names", set(got) - {"/", "/dev", "/proc", "/sys", "/tmp"}, expected)
        true("a directory stated again has new facts", got["/c"].startswith("700 "), got["/c"])
        read(namu, root, "/a", "/a2", "/again", "/e").expect(0, b"2132", b"")


@test("real")
def configuration(namu):
    """Entrypoint, Cmd, Env, WorkingDir and User of an image, and what replaces them"""
    passwd = "root:x:0:0::/root:/bin/sh\nann:x:1001:1002::/home/ann:/bin/sh\n"
    base = [*busybox(), entry("etc/passwd", passwd), entry("etc/group", "root:x:0:\nann:x:1002:\nothers:x:7:\n")]
    config = {
        "Entrypoint": ["/bin/echo", "entry"], "Cmd": ["of", "image"], "User": "ann", "WorkingDir": "/made/for it",
        "Env": ["PATH=/bin", "A=from image", "B=b=b", "EMPTY="], "StopSignal": "SIGUSR1", "ExposedPorts": {"80/tcp": {}},
    }  # fmt: skip
    root = layered(namu, [base], config)
    namu.call("run", root).expect(0, b"entry of image\n", b"")
    namu.run("x", root=root).expect(0, b"entry x\n", b"")
    run = lambda *command, options=(): namu.run(*command, root=root, options=["--entrypoint", "", *options])  # noqa: E731
    run("pwd").expect(0, b"/made/for it\n", b"")
    run("pwd", options=["-w", "/tmp"]).expect(0, b"/tmp\n", b"")
    run("id").expect(0, b"uid=1001(ann) gid=1002(ann)\n", b"")
    run("sh", "-c", "echo $HOME").expect(0, b"/home/ann\n", b"")
    run("sh", "-c", "echo $HOME", options=["-u", "1001:7"]).expect(0, b"/home/ann\n", b"")
    run("sh", "-c", "echo $HOME", options=["-u", "777"]).expect(0, b"/\n", b"")
    run("sh", "-c", "echo $HOME", options=["-e", "HOME=/x"]).expect(0, b"/x\n", b"")
    run("id", "-u", options=["-u", "0"]).expect(0, b"0\n", b"")
    out = run("env", options=["-e", "A=mine"]).expect(0, None, b"").out.decode().splitlines()
    for line in ("PATH=/bin", "A=mine", "B=b=b", "EMPTY="):
        true(f"{line} is set", out.count(line) == 1, out)
    namu.call("run", "--entrypoint", "/bin/pwd", root).expect(0, b"/made/for it\n", b"")
    namu.run("-c", "echo $A", root=root, options=["--entrypoint=/bin/sh"]).expect(0, b"from image\n", b"")
    for number, (user, expected) in enumerate((("1001:7", b"1001 7"), ("7", b"7 0"), ("ann:others", b"1001 7"), ("", b"0 0"))):
        root = layered(namu, [base], {"User": user}, name=f"user{number}")
        namu.run("sh", "-c", "echo $(id -u) $(id -g)", root=root).expect(0, expected + b"\n", b"")
    root = layered(namu, [base], {"Entrypoint": None, "Cmd": None, "Env": None}, name="none")
    namu.call("run", root, data=b"echo from a shell\n").expect(0, b"from a shell\n", b"")


@test("real")
def note_stays_with_the_image(namu):
    """an .erofs made of an image keeps its configuration; it is small or large"""
    for number, more in enumerate(([], [entry("big", random.Random(1).randbytes(20 << 20))])):
        root = layered(namu, [[*busybox(), *more]], {"Cmd": ["echo", "kept"]}, name=f"l{number}")
        image = namu.path(f"{number}.erofs")
        namu.call("image", root, "-o", image).expect(0, b"", b"")
        namu.call("run", image).expect(0, b"kept\n", b"")
        namu.run("echo", "other", root=image).expect(0, b"other\n", b"")
    for cut in (b"", b"{", b'{"config": {"Cmd": 3}}'):
        data = open(namu.path("0.erofs"), "rb").read()
        bad = namu.write("bad.erofs", data + cut + b"NAMUNOTE" + len(cut).to_bytes(8, "little"))
        if cut:
            namu.call("run", bad).expect_own_failure("cannot use the root .*(JSON|no list)")
    bad = namu.write("bad.erofs", data + b"NAMUNOTE" + b"\xff" * 8)
    namu.call("run", bad).expect_own_failure("the note behind it is damaged")


@test("fake")
def choosing_an_image(namu):
    """tags, platforms, indexes within indexes"""
    layout = Layout(namu.path("with:colon"))
    one = layout.image([[entry("one", "1")]])
    arm = layout.image([[entry("arm", "1")]], platform={"os": "linux", "architecture": "arm64"})
    two = layout.image([[entry("two", "1")]])
    inner = layout.blob({"schemaVersion": 2, "manifests": [arm, one]}, INDEX)
    layout.name(inner, "multi")
    run = lambda name: namu.run("true", root=f"oci:{name}")  # noqa: E731
    run(layout.path).expect(0, b"", b"")
    layout.name(two, "v2").name(arm, "arm")
    for tag in ("multi", "v2"):
        run(f"{layout.path}:{tag}").expect(0, b"", b"")
    run(f"{layout.path}:arm").expect_own_failure("made for linux/arm64, and Namu runs programs for linux/amd64")
    run(f"{layout.path}:none").expect_own_failure("no image of the name 'none'")
    run(layout.path).expect(0, b"", b"")  # the only one that says that it is for this platform
    layout.name({**one, "platform": None}, "v1")
    run(namu.path("no-such")).expect_own_failure("no-such/index.json: No such file")
    loop = Layout(namu.path("loop"))
    at = loop.blob({"manifests": [one]}, INDEX)
    for _ in range(6):
        at = loop.blob({"manifests": [at]}, INDEX)
    loop.name(at)
    run(loop.path).expect_own_failure("leads to an index too often")


@test("fake")
def unknown_kinds(namu):
    """media types and descriptions that are not understood are refused with a clear line"""

    def refused(pattern, change, number=[0]):
        number[0] += 1
        layout = Layout(namu.path(f"l{number[0]}"))
        layer = layout.blob(tar([entry("f", "x")]), LAYER)
        settings = layout.blob({**PLATFORM, "config": {}}, CONFIG)
        manifest = {"schemaVersion": 2, "config": settings, "layers": [layer]}
        layout.name(change(layout, manifest) or layout.blob(manifest, MANIFEST))
        namu.run("true", root=f"oci:{layout.path}").expect_own_failure(pattern)
        same("nothing kept", cached(namu), [])

    def with_layer(**facts):
        return lambda _, manifest: manifest["layers"][0].update(facts)

    refused("a layer of the unknown type 'text/plain'", with_layer(mediaType="text/plain"))
    refused("unknown type 'application/vnd.oci.image.layer.v1.tar.encrypted'",
            with_layer(mediaType=LAYER + ".encrypted"))  # fmt: skip
    for digest in ("sha512:" + "0" * 128, "sha256:../../../etc/passwd", "sha256:" + "A" * 64, "sha256:", "", None, 7):
        refused("a layer without a SHA-256 digest", with_layer(digest=digest))
    refused("No such file", with_layer(digest="sha256:" + "0" * 64))
    refused("no image of a root but of the type 'x/y'", lambda _, m: m["config"].update(mediaType="x/y"))
    refused("its manifest has no layers", lambda _, m: m.pop("layers") and None)
    refused("neither an index nor a manifest", lambda layout, m: layout.blob(m, "a/b"))
    refused("no JSON|unknown|no image", lambda layout, m: layout.blob(b"[[[[", MANIFEST))
    refused("does not begin with a slash",
            lambda layout, m: m.update(config=layout.blob({**PLATFORM, "config": {"WorkingDir": "x"}}, CONFIG)))  # fmt: skip
    refused("its Cmd is no list", lambda layout, m: m.update(config=layout.blob({**PLATFORM, "config": {"Cmd": "sh"}}, CONFIG)))
    refused("its Env holds", lambda layout, m: m.update(config=layout.blob({**PLATFORM, "config": {"Env": ["x"]}}, CONFIG)))
    for text in (b"", b"{", b"nonsense", b'{"manifests": 3}', b'{"manifests": []}', b"[" * 100000):
        os.makedirs(namu.path("odd"), exist_ok=True)
        namu.write("odd/index.json", text)
        namu.run("true", root=f"oci:{namu.path('odd')}").expect_own_failure("cannot use")


@test("fake")
def damaged_blobs(namu):
    """a blob whose digest is another, or that was cut, is refused"""
    for part in ("layer", "manifest", "config"):
        layout = Layout(namu.path(part))
        layout.name(layout.image([[entry("f", "some bytes")]], packing=""))
        for path in glob.glob(f"{layout.path}/blobs/sha256/*"):
            data = open(path, "rb").read()
            kind = "manifest" if b"schemaVersion" in data else "config" if data[:1] == b"{" else "layer"
            if kind != part:
                continue
            namu.write(path, data.replace(b"some bytes", b"SOME BYTES") if part == "layer" else data + b" ")
            namu.run("true", root=f"oci:{layout.path}").expect_own_failure("is damaged: what should be sha256:")
            namu.write(path, data[:-1])
            namu.run("true", root=f"oci:{layout.path}").expect_own_failure("is damaged|cannot read")
            os.unlink(path)
            os.mkfifo(path)
            namu.run("true", root=f"oci:{layout.path}").expect_own_failure("not a regular file")
    same("nothing kept", cached(namu), [])


@test("real")
def docker_archives(namu):
    """what docker save writes, in its old and new forms"""
    for form in ("old", "links", "blobs"):
        layers = [[*busybox(), entry("f", "1"), entry("gone", "1")], [entry("f", "2"), entry(".wh.gone", "")]]
        path = docker_archive(namu.path(form + ".tar"), [(["me/it:1"], layers, {"Cmd": ["cat", "/f"]})], form)
        root = f"docker-archive:{path}"
        namu.call("run", root).expect(0, b"2", b"")
        namu.call("run", root + ":me/it:1").expect(0, b"2", b"")
        true("whiteouts", "/gone" not in listing(namu, root))
        packed = namu.write(form + ".tar.gz", gzip.compress(open(path, "rb").read()))
        namu.call("run", f"docker-archive:{packed}").expect(0, b"2", b"")
    pair = [(["a:1"], [[*busybox(), entry("f", "A")]], {}), (["b:latest"], [[*busybox(), entry("f", "B")]], {})]
    path = docker_archive(namu.path("two.tar"), pair)
    read(namu, f"docker-archive:{path}:a:1", "/f").expect(0, b"A", b"")
    read(namu, f"docker-archive:{path}:b", "/f").expect(0, b"B", b"")
    read(namu, f"docker-archive:{path}", "/f").expect_own_failure("holds several images: name one")
    read(namu, f"docker-archive:{path}:c", "/f").expect_own_failure("no image of the name 'c'")
    path = namu.write("plain.tar", tar([entry("f", "x")]))
    read(namu, f"docker-archive:{path}", "/f").expect_own_failure("there is no manifest.json in it")
    data = open(namu.path("blobs.tar"), "rb").read()
    namu.write("blobs.tar", data.replace(b"\x32" + b"\0" * 511, b"\x33" + b"\0" * 511, 1))
    read(namu, f"docker-archive:{namu.path('blobs.tar')}", "/f").expect_own_failure("is damaged")


@test("real")
def never_stale(namu):
    """an archive that changed is another root at once"""
    for i in range(6):
        data = tar([*busybox(), entry("f", f"number {i}\n")])
        path = namu.write("root.tar", data)
        read(namu, path, "/f").expect(0, b"number %d\n" % i, b"")
    for i in range(3):
        layout = Layout(namu.path("layout"))
        layout.name(layout.image([[*busybox(), entry("f", f"number {i}\n")]]))
        read(namu, f"oci:{layout.path}", "/f").expect(0, b"number %d\n" % i, b"")


@test("fake")
def made_once(namu):
    """an image is made once, and used again"""
    path = namu.write("root.tar", tar([entry("f", "x")]))
    for _ in range(2):
        namu.run("true", root=path).expect(0, b"", b"")
        namu.run("true", root=layered(namu, [[entry("f", "x")]])).expect(0, b"", b"")
    same("files in the cache", len(cached(namu)), 2)
    before = [os.stat(p).st_ino for p in cached(namu)]
    namu.run("true", root=path).expect(0, b"", b"")
    same("not made again", [os.stat(p).st_ino for p in cached(namu)], before)


@test("fake")
def ended_in_the_middle(namu):
    """a signal in the middle leaves no image; the next run makes it whole"""
    path = namu.write("root.tar", tar([entry("big", os.urandom(1 << 20) * 100)]))
    for wait_s in (0.01, 0.05, 0.1):
        process = namu.start("image", path, "-o", namu.path("out.erofs"))
        time.sleep(wait_s)
        process.terminate()
        result = namu.finish(process)
        if result.code not in (-15, 0):
            raise Failure(result)
    same("left behind", [p for p in glob.glob(namu.path("out.erofs*")) if p != namu.path("out.erofs")], [])
    namu.call("image", path, "-o", namu.path("out.erofs")).expect(0, b"", b"")


@test("fake")
def full_disk(namu):
    """a limit on the size of files, as a full disk: one line, and nothing left"""
    path = namu.write("root.tar", tar([entry("big", os.urandom(1 << 20) * 8)]))

    def limit():
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    result = namu.call("image", path, "-o", namu.path("out.erofs"), preexec_fn=limit)
    result.expect_own_failure("cannot write the image: File too large")
    same("left behind", glob.glob(namu.path("out.erofs*")), [])
    namu.run("true", root=path, preexec_fn=limit).expect_own_failure("cannot write the image: File too large")
    same("the cache", cached(namu), [])


@test("fake")
def no_libarchive(namu):
    """namu doctor names libarchive and skopeo"""
    out = namu.call("doctor").out.decode()
    matches("libarchive", out, r"ok +libarchive")
    out = namu.call("doctor", env={"PATH": "/nowhere"}).out.decode()
    matches("skopeo", out, r"skopeo")
