"""Host folders: -v, --mount."""
import os

from harness import same, test, true


def folder(namu, name="folder"):
    os.mkdir(namu.path(name))
    return namu.path(name)


@test()
def every_spelling_is_taken(namu):
    """-v, --volume and --mount in docker's spellings, shown by --dry-run"""
    host = folder(namu)
    for words in (["-v", f"{host}:/m"], [f"--volume={host}:/m:rw"], ["-v", "folder:/m:z"], ["-v", "./folder:/m"],
                  ["--mount", f"type=bind,source={host},target=/m"], [f"--mount=type=bind,src=folder,dst=/m"]):
        out = namu.call("run", "--dry-run", *words, "--", "true").expect(0, err=b"").out.decode()
        true(f"{words}: the server", f"local,id=share0,path={host},security_model=none,multidevs=remap " in out, out)
        true(f"{words}: the device", "virtio-9p-device,fsdev=share0,mount_tag=share0" in out, out)
    for words in (["-v", f"{host}:/m:ro"], ["--mount", f"type=bind,src={host},dst=/m,readonly"],
                  ["--mount", f"type=bind,src={host},dst=/m,ro=true"]):
        out = namu.call("run", "--dry-run", *words, "--", "true").expect(0, err=b"").out.decode()
        true(f"{words}: read-only", ",readonly=on " in out, out)


@test()
def wrong_ones_are_refused(namu):
    """host folders that are not there, no directories, without a place, too many, with a seed: a clear line"""
    folder(namu)
    namu.write("file", "x")
    for words, pattern in (
        (["-v", "missing:/m"], "no such host folder: missing"),
        (["-v", "file:/m"], "not a directory"),
        (["-v", "folder"], "HOST:GUEST"),
        (["-v", ":/m"], "HOST:GUEST"),
        (["-v", "folder:m"], "slash"),
        (["-v", "folder:/m:shared"], "unknown option 'shared'"),
        (["--mount", "type=bind,src=folder"], "HOST:GUEST"),
        (["--mount", "src=folder,dst=/m"], "type="),
        (["--mount", "type=bind,src=folder,dst=/m,wrong=1"], "wrong=1"),
        (["-v", "folder:/m"] * 7, "at most 6"),
        (["--seed", "1", "-v", "folder:/m"], "--seed"),
        (["-v", "folder:/"], "--rw or --live"),
        (["--rw"], "--rw needs ROOT"),
        (["--rw", "--live", "folder"], "cannot go with"),
        (["--rw", "--read-only", "folder"], "cannot go with"),
        (["--live", "--seed", "1", "folder"], "--seed"),
        (["--rw", "file"], "not a directory"),
        (["--live", "missing"], "no such host folder"),
    ):
        namu.run("true", options=words).expect_own_failure(pattern)


@test(on="real")
def both_sides_see_the_same(namu):
    """the machine reads what the host wrote, and the host what the machine wrote"""
    host = folder(namu)
    namu.write("folder/from-host", "hello\n")
    namu.run("sh", "-c", "cat /a/b/from-host; echo back >/a/b/from-guest; mkdir /a/b/d; ln -s x /a/b/link",
             options=["-v", f"{host}:/a/b"]).expect(0, b"hello\n", b"")
    same("the file", open(f"{host}/from-guest").read(), "back\n")
    same("the link", os.readlink(f"{host}/link"), "x")
    true("the directory", os.path.isdir(f"{host}/d"))


@test(on="real")
def read_only_stays(namu):
    """:ro: nothing can be changed from inside"""
    host = folder(namu)
    namu.write("folder/file", "same")
    result = namu.shell("for c in 'rm file' 'touch new' 'mkdir d' 'mv file g' 'chmod 777 file' 'truncate -s0 file'; do"
                        " $c 2>/dev/null && echo did $c; done; cat file; exit 0", options=["-v", f"{host}:/m:ro", "-w", "/m"])
    result.expect(0, b"same", b"")
    same("names", os.listdir(host), ["file"])


@test(on="real")
def nothing_outside_is_reached(namu):
    """links that lead out of the folder lead into the machine; .. ends at the machine's own root"""
    host = folder(namu)
    namu.write("secret", "secret")
    os.symlink(namu.path("secret"), f"{host}/absolute")
    os.symlink("../secret", f"{host}/relative")
    os.symlink("../../../../../../../etc/hostname", f"{host}/up")
    namu.shell("cd /m; cat absolute relative ../secret /m/../secret ./../../secret 2>/dev/null; cat up 2>/dev/null;"
               "ln -s /../../.. deep; ls deep/m >/dev/null && echo own", options=["-v", f"{host}:/m"]).expect(
        0, b"namu\nown\n", b"")


@test(on="real")
def a_failed_mount_is_told(namu):
    """a folder that cannot be mounted: status 125 and one line"""
    host = folder(namu)
    namu.run("true", options=["-v", f"{host}:/bin/busybox/x"]).expect_own_failure("host folder")


def busybox_root(namu):
    """A directory that programs can run in: the built-in root, unpacked by the machine."""
    host = folder(namu, "root")
    namu.run("sh", "-c", "cp -a /bin /etc /out; mkdir /out/tmp", options=["-v", f"{host}:/out"]).expect(0)
    return host


@test(on="real")
def a_root_is_written_back(namu):
    """--rw: programs run in the directory itself and change it"""
    host = busybox_root(namu)
    namu.run("sh", "-c", "echo new >/made; pwd; ls -d /proc/1; awk '$2 == \"/\" { print $3 }' /proc/mounts", options=["--rw"],
             root=host).expect(0, b"/\n/proc/1\n9p\n", b"")
    same("the file", open(f"{host}/made").read(), "new\n")


@test(on="real")
def a_live_root_is_seen_at_once(namu):
    """--live: the directory's files as they are now; nothing is written there, but /tmp can be"""
    host = busybox_root(namu)
    os.mkdir(f"{host}/dev")
    namu.write("root/file", "now")
    namu.run("sh", "-c", "cat /file; touch /new 2>/dev/null || echo no; echo x >/tmp/y && cat /tmp/y", options=["--live"],
             root=host).expect(0, b"nowno\nx\n", b"")
    true("nothing new", not os.path.exists(f"{host}/new") and not os.listdir(f"{host}/tmp"))
