"""Roots that are directories: made into an image once, never stale; and `namu image`."""
import concurrent.futures
import glob
import os
import random
import re
import shutil
import stat
import struct
import subprocess
import time

from harness import NAMU, Failure, matches, same, test, true


def make_root(namu, name="root"):
    """A small root with the shell of the built-in one, and a file to look at."""
    busybox = shutil.which("busybox")
    namu.write(f"{name}/bin/busybox", open(busybox, "rb").read(), 0o755)
    for applet in ("sh", "cat", "echo", "ls", "rm", "mkdir", "chmod", "true"):
        os.symlink("busybox", namu.path(f"{name}/bin/{applet}"))
    for place in ("dev", "proc", "tmp", "etc"):
        os.makedirs(namu.path(f"{name}/{place}"), exist_ok=True)
    namu.write(f"{name}/file", b"first\n")
    return namu.path(name)


def cached(namu):
    return sorted(glob.glob(namu.path("home/.cache/namu/*")))


def image_of(namu, root, **rest):
    """The image that a run of the directory would use, by name."""
    result = namu.run("true", options=["--dry-run"], root=root, **rest).expect(0, None, b"")
    return re.search(r"(?:-initrd |mem-path=)(\S+)", result.out.decode())[1]


def contents(image, path):
    """A file of an image, read by erofs-utils; dump.erofs tells where its data lie, page by page."""
    out = subprocess.run(["dump.erofs", "-e", f"--path={path}", image], capture_output=True, text=True).stdout
    extent = [line for line in out.splitlines() if line.strip().startswith("0:")][0]
    start = int(extent.split("|")[1].split(":")[1].split("..")[0])
    with open(image, "rb") as file:
        file.seek(start)
        return file.read(4096).rstrip(b"\0")


@test()
def made_once(namu):
    """a directory is made into an image once, and used again"""
    root = make_root(namu)
    first = image_of(namu, root)
    inode = os.stat(first).st_ino
    same("files in the cache", cached(namu), [first])
    for spelling in (root, root + "/", root + "/../root"):
        same("the same image", image_of(namu, spelling), first)
    same("not made again", os.stat(first).st_ino, inode)


@test("real")
def directory_as_root(namu):
    """programs run with a directory as their root"""
    root = make_root(namu)
    namu.run("cat", "/file", root=root).expect(0, b"first\n", b"")
    namu.call("run", os.path.relpath(root, namu.directory), "--", "cat", "/file").expect(0, b"first\n", b"")


@test("real")
def host_files_are_not_changed(namu):
    """what the guest writes stays in the guest"""
    root = make_root(namu)
    before = tree_of(root)
    script = "echo changed > /file; rm /bin/cat; mkdir /new; echo x > /new/f; chmod 777 /etc; echo done"
    namu.run("sh", "-c", script, root=root).expect(0, b"done\n", b"")
    same("the directory", tree_of(root), before)
    namu.run("cat", "/file", root=root).expect(0, b"first\n", b"")


def tree_of(root):
    found = []
    for place, _, names in os.walk(root):
        for name in ["."] + names:
            status = os.lstat(os.path.join(place, name))
            found.append((place, name, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return sorted(found)


@test("real")
def never_stale(namu):
    """a changed file is seen by the next run, at once"""
    root = make_root(namu)
    for i in range(8):
        namu.write("root/file", b"number %d\n" % i)
        namu.run("cat", "/file", root=root).expect(0, b"number %d\n" % i, b"")


@test("fake")
def every_change_counts(namu):
    """contents, names, modes, times, links: each change makes another image"""
    root = make_root(namu)
    seen = {image_of(namu, root)}
    status = os.stat(namu.path("root/file"))

    def keep_times():
        namu.write("root/file", b"other\n")
        os.utime(namu.path("root/file"), ns=(status.st_atime_ns, status.st_mtime_ns))

    def swap():
        os.rename(namu.path("root/file"), namu.path("root/other"))
        namu.write("root/file", b"first\n")

    changes = (
        lambda: namu.write("root/file", b"third\n"),
        keep_times,
        lambda: os.chmod(namu.path("root/file"), 0o600),
        swap,
        lambda: os.rename(namu.path("root/other"), namu.path("root/another")),
        lambda: os.link(namu.path("root/another"), namu.path("root/again")),
        lambda: os.symlink("x", namu.path("root/link")),
        lambda: (os.unlink(namu.path("root/link")), os.symlink("y", namu.path("root/link"))),
        lambda: os.mkdir(namu.path("root/empty")),
        lambda: os.rmdir(namu.path("root/empty")),
        lambda: os.utime(namu.path("root/bin"), ns=(0, 0)),
        lambda: os.mkfifo(namu.path("root/fifo")),
    )
    for number, change in enumerate(changes):
        change()
        image = image_of(namu, root)
        true(f"change {number} makes another image", image not in seen, image)
        seen.add(image)


@test("fake")
def quick_changes(namu):
    """changes in quick succession, of the same size: the image always holds the last one"""
    root = namu.path("quick")
    for i in range(40):
        text = b"%04d" % i
        namu.write("quick/file", text)
        image = image_of(namu, root)
        same(f"contents after change {i}", contents(image, "/file"), text)


@test("fake")
def many_at_once(namu):
    """several runs of one new directory at once"""
    root = make_root(namu)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda _: image_of(namu, root), range(8)))
    same("one image", set(images), {images[0]})
    same("files in the cache", cached(namu), [images[0]])


@test("fake")
def changes_while_it_is_made(namu):
    """a directory that changes while its image is made does not leave a wrong image behind"""
    root = make_root(namu)
    for i in range(200):
        namu.write(f"root/many/{i}", b"x" * 5000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = pool.submit(lambda: [image_of(namu, root) for _ in range(4)])
        number = 0
        while not run.done():
            number += 1
            namu.write("root/many/0", b"%d" % number)
            time.sleep(0.002)
        run.result()
    image = image_of(namu, root)
    same("contents", contents(image, "/many/0"), b"%d" % number)
    same("nothing unfinished is left", [p for p in cached(namu) if not p.endswith(".erofs")], [])


@test("fake")
def cache_is_bounded(namu):
    """the cache drops the least recently used images beyond its bound"""
    roots = []
    for i in range(4):
        namu.write(f"r{i}/file", random.Random(i).randbytes(1 << 20))
        roots.append(namu.path(f"r{i}"))
    env = {"NAMU_CACHE_SIZE": "3500k"}
    images = [image_of(namu, root, env=env) for root in roots[:3]]
    same("three fit", len(cached(namu)), 3)
    same("used again", image_of(namu, roots[0], env=env), images[0])
    fourth = image_of(namu, roots[3], env=env)
    same("the least recently used one is gone", sorted(cached(namu)), sorted([images[0], images[2], fourth]))
    big = image_of(namu, roots[1], env={"NAMU_CACHE_SIZE": "1k"})
    same("the newest stays", cached(namu), [big])


@test("fake")
def leftovers_are_removed(namu):
    """what a killed run left unfinished long ago is removed"""
    root = make_root(namu)
    os.makedirs(namu.path("home/.cache/namu"))
    name = "0" * 64 + ".erofs"
    old = namu.write(f"home/.cache/namu/{name}.fresh-1.new-abcdef", b"x")
    new = namu.write(f"home/.cache/namu/{name}.fresh-2.new-abcdef", b"x")
    fresh = namu.write(f"home/.cache/namu/{name}.fresh-3", b"x")
    for path in (old, fresh):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    image = image_of(namu, root)
    same("files", cached(namu), sorted([image, new]))


@test()
def place_of_the_cache(namu):
    """XDG_CACHE_HOME, else HOME; with neither the image is made anew each time"""
    root = make_root(namu)
    env = {"XDG_CACHE_HOME": namu.path("deep/er/cache")}
    same("place", os.path.dirname(image_of(namu, root, env=env)), namu.path("deep/er/cache/namu"))
    same("a relative one is no place", os.path.dirname(image_of(namu, root, env={"XDG_CACHE_HOME": "x"})),
         namu.path("home/.cache/namu"))  # fmt: skip
    env = {"HOME": "/proc/nowhere"}
    if namu.is_real:
        namu.run("cat", "/file", root=root, env=env).expect(0, b"first\n", b"")
    else:
        namu.run("true", root=root, env=env).expect(0, b"", b"")
    same("nothing is left", glob.glob(namu.path("*.erofs*")), [])


@test("fake")
def cache_inside_the_root(namu):
    """a root that holds the cache is refused"""
    namu.run("true", root=namu.path("home")).expect_own_failure("image cache .* lies inside the root")
    namu.run("true", root=namu.directory).expect_own_failure("image cache .* lies inside the root")


@test("fake")
def odd_names(namu):
    """names with blanks, commas, quotes, line ends and bytes that are no text"""
    for name in ("a b,c='\"$x", "한글", "line\nend", "\udcff\udcfe", "-dash", ":colon,fd=3"):
        root = make_root(namu, name)
        namu.write(f"{name}/{name}", b"x")
        namu.run("true", root=root).expect(0, b"", b"")
    image = namu.path("odd, name=1.erofs")
    namu.call("image", namu.path("한글"), "-o", image).expect(0, b"", b"")
    namu.run("true", root=image).expect(0, b"", b"")


def as_nobody(*words, env, cwd="/"):
    """Runs as a user without rights, when the tests run as root."""
    def become():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    return subprocess.run(words, env=env, cwd=cwd, capture_output=True, preexec_fn=become, timeout=300)


@test("fake")
def unreadable_files(namu):
    """a file or directory that cannot be read: one line"""
    if os.getuid() != 0:
        return
    root = make_root(namu)
    os.chmod(namu.directory, 0o755)
    os.chmod(namu.path("home"), 0o777)
    namu.write("root/secret", b"x", 0o600)
    result = as_nobody(NAMU, "run", root, "--", "true", env=namu.env)
    same("status", result.returncode, 125)
    matches("line", result.stderr, rf"^namu: cannot read {root}/secret: Permission denied\n$")
    os.unlink(namu.path("root/secret"))
    os.mkdir(namu.path("root/closed"), 0o700)
    result = as_nobody(NAMU, "run", root, "--", "true", env=namu.env)
    same("status", result.returncode, 125)
    matches("line", result.stderr, rf"^namu: cannot read {root}/closed: Permission denied\n$")
    result = as_nobody(NAMU, "image", root, "-o", namu.path("home/x.erofs"), env=namu.env)
    same("status", result.returncode, 125)
    matches("line", result.stderr, rf"^namu: cannot read {root}/closed: Permission denied\n$")


@test()
def without_root_rights(namu):
    """a user without any rights can run programs"""
    if os.getuid() != 0:
        return
    root = make_root(namu)
    os.chmod(namu.directory, 0o755)
    os.chmod(namu.path("home"), 0o777)
    command = ["/bin/cat", "/etc/hostname"] if not namu.is_real else ["/bin/cat", "/file"]
    result = as_nobody(NAMU, "run", root, "--", *command, env=namu.env)
    same("status", (result.returncode, result.stderr), (0, b""))
    result = as_nobody(NAMU, "run", "--", "echo", "x", env=namu.env)
    same("result", (result.returncode, result.stdout, result.stderr), (0, b"x\n", b""))


@test("fake")
def image_command(namu):
    """namu image makes an image that can be used, and replaces one"""
    root = make_root(namu)
    image = namu.path("x.erofs")
    namu.call("image", root, "-o", image).expect(0, b"", b"")
    namu.run("true", root=image).expect(0, b"", b"")
    same("mode", stat.S_IMODE(os.stat(image).st_mode), 0o666 & ~current_umask())
    namu.write("root/file", b"second")
    for words in (["-o", image, root], [root, f"--output={image}"], [f"-o{image}", root]):
        namu.call("image", *words).expect(0, b"", b"")
    same("contents", contents(image, "/file"), b"second")
    same("nothing else is left", glob.glob(image + "*"), [image])


def current_umask():
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


@test("fake")
def image_command_fails(namu):
    """namu image that cannot write leaves nothing behind"""
    root = make_root(namu)
    namu.call("image", root, "-o", "/no/such/x.erofs").expect_own_failure("cannot write /no/such/x.erofs")
    namu.call("image", root, "-o", namu.path("root/x.erofs")).expect_own_failure("lies inside")
    namu.call("image", root, "-o", namu.path("root/bin/x.erofs")).expect_own_failure("lies inside")
    os.mkfifo(namu.path("pipe"))
    for place in (namu.path("pipe"), namu.path("home")):
        namu.call("image", root, "-o", place).expect_own_failure("not a regular file")
    same("nothing in the root", glob.glob(root + "/**/*.erofs*", recursive=True), [])


@test("fake")
def interrupted_making(namu):
    """a signal while an image is made leaves nothing unfinished"""
    namu.write("root/big", b"")
    with open(namu.path("root/big"), "r+b") as file:
        file.truncate(400 << 20)
    for wait_s in (0.05, 0.1, 0.2):
        process = namu.start("image", namu.path("root"), "-o", namu.path("out.erofs"))
        time.sleep(wait_s)
        process.terminate()
        result = namu.finish(process)
        if result.code not in (-15, 0):
            raise Failure(result)
    same("left behind", [p for p in glob.glob(namu.path("out.erofs*")) if p != namu.path("out.erofs")], [])


@test("real")
def image_as_root(namu):
    """programs run with an image as their root, many times"""
    root = make_root(namu)
    image = namu.path("x.erofs")
    namu.call("image", root, "-o", image).expect(0, b"", b"")
    for _ in range(3):
        namu.run("cat", "/file", root=image).expect(0, b"first\n", b"")


@test("real")
def large_root(namu):
    """a root of 10,000 files and a file of 100 MB, with the default memory"""
    root = make_root(namu)
    data = random.Random(1).randbytes(1 << 20)
    namu.write("root/big", data * 100)
    for i in range(10000):
        namu.write(f"root/many/{i % 100}/{i}", b"%d" % i)
    result = namu.run("sh", "-c", "cat /many/*/* | wc -c; busybox md5sum /big", root=root)
    same("status", result.code, 0)
    expected = subprocess.run(["md5sum", namu.path("root/big")], capture_output=True).stdout.split()[0]
    true("the sum", expected in result.out, result)


@test("real")
def debian_style_root(namu):
    """links out of the root, loops of links and odd modes are the guest's matter"""
    root = make_root(namu)
    os.symlink("/etc/passwd", namu.path("root/outside"))
    os.symlink("loop", namu.path("root/loop"))
    namu.write("root/etc/passwd", b"inside\n")
    namu.run("cat", "/outside", root=root).expect(0, b"inside\n", b"")
    true("a loop is an error", namu.run("cat", "/loop", root=root).code != 0)


@test("real")
def attributes_are_kept(namu):
    """run by root, the image of a directory keeps capabilities of files and lists of access; by others it has none"""
    root = make_root(namu)
    secret = namu.write("root/secret", b"secret\n", 0o600)
    copy = namu.path("root/bin/capable")
    os.makedirs(copy)
    shutil.copy(namu.path("root/bin/busybox"), f"{copy}/cat")
    if os.getuid() != 0:
        namu.run("cat", "/secret", root=root, options=["-u", "1000"]).expect(1, b"", None)
        return
    # CAP_DAC_READ_SEARCH, effective; and a list that lets user 2000 in
    os.setxattr(f"{copy}/cat", "security.capability", struct.pack("<5I", 0x02000001, 4, 0, 0, 0))
    entries = [(1, 6, -1), (2, 4, 2000), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
    os.setxattr(secret, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *e) for e in entries))
    os.chown(secret, 3000, 3000)
    namu.run("cat", "/secret", root=root, options=["-u", "1000"]).expect(1, b"", None)
    namu.run("/bin/capable/cat", "/secret", root=root, options=["-u", "1000"]).expect(0, b"secret\n", b"")
    namu.run("cat", "/secret", root=root, options=["-u", "2000"]).expect(0, b"secret\n", b"")
    namu.run("ls", "-ln", "/secret", root=root).expect(0, None, b"")
    true("the owner is kept", b" 3000 " in namu.run("ls", "-ln", "/secret", root=root).out)
