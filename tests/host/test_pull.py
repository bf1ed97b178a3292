"""Images from registries: namu image pull, ls, rm, and references as roots. skopeo is played (fake_skopeo.py)."""
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import time

from harness import HERE, is_alive, matches, same, test, true, wait_until
from packs import Layout, busybox, entry


class Registry:
    """A registry that is only played, and the environment in which namu finds it."""

    def __init__(self, namu):
        self.namu = namu
        self.path = namu.path("registry")
        os.makedirs(namu.path("bin"))
        os.makedirs(self.path)
        os.symlink(os.path.join(HERE, "fake_skopeo.py"), namu.path("bin/skopeo"))
        self.env = {"PATH": namu.path("bin") + ":" + namu.env["PATH"], "FAKE_REGISTRY": self.path}

    def put(self, name, text, config=None):
        shutil.rmtree(f"{self.path}/{name.replace('/', '_')}", ignore_errors=True)
        layout = Layout(f"{self.path}/{name.replace('/', '_')}")
        layout.name(layout.image([[*busybox(), entry("f", text)]], config or {"Cmd": ["/bin/cat", "/f"]}))

    def run(self, name, *command, **rest):
        words = ["run", name, *(["--", *command] if command else [])]
        return self.namu.call(*words, env={**self.env, **rest})

    def call(self, *words, **rest):
        return self.namu.call("image", *words, env={**self.env, **rest})

    def asked(self):
        try:
            return open(f"{self.path}/log", encoding="utf-8").read().splitlines()
        except FileNotFoundError:
            return []

    def names(self):
        lines = self.call("ls").expect(0, None, b"").out.decode().splitlines()
        matches("head", lines[0], "^NAME +ID +SIZE +PULLED$")
        return [line.split()[0] for line in lines[1:]]

    def files(self):
        """What lies in the store, but for its lock."""
        found = glob.glob(self.namu.path("home/.cache/namu/images/*")) + glob.glob(
            self.namu.path("home/.cache/namu/images/names/*"))  # fmt: skip
        return sorted(p for p in found if os.path.basename(p) not in ("lock", "names"))


@test("real")
def run_a_reference(namu):
    """a reference is pulled once and then run from the store"""
    registry = Registry(namu)
    registry.put("docker.io/library/debian:12", "twelve\n")
    for name in ("debian:12", "docker://debian:12", "docker.io/library/debian:12", "library/debian:12"):
        registry.run(name).expect(0, b"twelve\n", b"")
    same("asked once", len(registry.asked()), 1)
    asked = registry.asked()[0]
    for part in ("--override-os=linux", "--override-arch=amd64", "docker://docker.io/library/debian:12"):
        true(part, part in asked.split(), asked)
    true("no leave to do without certificates", "tls" not in asked, asked)
    registry.put("docker.io/library/debian:12", "changed\n")
    registry.run("debian:12").expect(0, b"twelve\n", b"")
    registry.call("pull", "debian:12").expect(0, b"", b"")
    registry.run("debian:12").expect(0, b"changed\n", b"")


@test("fake")
def spellings(namu):
    """references as docker writes them"""
    registry = Registry(namu)
    digest = "@sha256:" + "0123456789abcdef" * 4
    for text, full in (
        ("docker://debian", "docker.io/library/debian:latest"), ("me/it:1.2-x_Y", "docker.io/me/it:1.2-x_Y"),
        ("ghcr.io/x/y:z", "ghcr.io/x/y:z"), ("ghcr.io/x/y", "ghcr.io/x/y:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"), ("localhost/a:b", "localhost/a:b"),
        ("debian" + digest, "docker.io/library/debian" + digest), ("q.io/a:t" + digest, "q.io/a" + digest),
        ("127.0.0.1:5000/a/b/c:1", "127.0.0.1:5000/a/b/c:1"), ("a.b/c_d/e--f.g:h", "a.b/c_d/e--f.g:h"),
    ):  # fmt: skip
        registry.run(text, "true").expect_own_failure("cannot pull .*manifest unknown")
        words = registry.asked()[-1].split()
        same(text, words[-2], "docker://" + full)
        is_local = full.startswith(("localhost", "127."))
        same("certificates", "--src-tls-verify=false" in words, is_local)
    before = len(registry.asked())
    for text in ("debian", "no-such-root", "ls", "a/b", "./x:1", "/x:1", "-", "../a:b"):
        if text != "-":
            registry.run(text, "true").expect_own_failure("no such root: ")
    for text in ("UPPER:1", "a:b:c", "a//b:1", "a:", "docker://", "docker://-a", "a@sha256:12", "a:.x", "docker://" + "x" * 300,
                 "docker://a/../b", "a.b/:x", "docker://a b", "a@md5:0"):  # fmt: skip
        registry.run(text, "true").expect_own_failure("no such root|no name of an image")
        registry.call("pull", text).expect_own_failure("no name of an image")
    same("nobody asked", len(registry.asked()), before)


@test("fake")
def list_and_remove(namu):
    """ls shows what was pulled, rm removes a name, and the image with its last one"""
    registry = Registry(namu)
    same("nothing", registry.names(), [])
    for name, text in (("docker.io/library/a:1", "A"), ("docker.io/library/a:2", "A"), ("ghcr.io/b/c:latest", "C")):
        registry.put(name, text)
    registry.call("pull", "a:1", "a:2", "ghcr.io/b/c").expect(0, b"", b"")
    same("names", registry.names(), ["a:1", "a:2", "ghcr.io/b/c:latest"])
    same("two images, three names", len(registry.files()), 5)
    line = registry.call("ls").out.decode().splitlines()[1]
    matches("a line", line, r"^a:1 +[0-9a-f]{12} +\d+\.\d MiB  20\d\d-\d\d-\d\d \d\d:\d\d$")
    registry.call("rm", "a:1").expect(0, b"", b"")
    same("names", registry.names(), ["a:2", "ghcr.io/b/c:latest"])
    registry.run("a:2", "true").expect(0, b"", b"")
    registry.call("rm", line.split()[1]).expect(0, b"", b"")
    same("names", registry.names(), ["ghcr.io/b/c:latest"])
    for name in ("a:2", "nothing", "0" * 12, "zz", "", "a b"):
        registry.call("rm", name).expect_own_failure("no such image")
    registry.call("rm").expect_own_failure("which image")
    registry.call("rm", "--force").expect_own_failure("unknown option")
    registry.call("ls", "x").expect_own_failure("takes no words")
    registry.call("rm", "docker://ghcr.io/b/c").expect(0, b"", b"")
    same("nothing is left", registry.files(), [])


@test("fake")
def out_of_the_store(namu):
    """namu image REFERENCE -o FILE"""
    registry = Registry(namu)
    registry.put("docker.io/library/a:1", "A")
    for _ in range(2):
        registry.call("a:1", "-o", namu.path("a.erofs")).expect(0, b"", b"")
    same("asked once", len(registry.asked()), 1)
    same("bytes", open(namu.path("a.erofs"), "rb").read(), open(glob.glob(namu.path("home/.cache/namu/images/*.erofs"))[0], "rb").read())
    registry.call("no-such-directory", "-o", namu.path("b.erofs")).expect_own_failure("No such file")


@test("fake")
def failures(namu):
    """skopeo missing, failing, killed: one line, nothing left"""
    registry = Registry(namu)
    registry.put("docker.io/library/a:1", "A")
    registry.run("a:1", "true", FAKE_SKOPEO="fail").expect_own_failure("cannot pull a:1: .*manifest unknown")
    registry.run("a:1", "true", FAKE_SKOPEO="die").expect_own_failure("cannot pull a:1: skopeo was ended by signal 9")
    registry.call("pull", "a:1", XDG_CACHE_HOME="/proc/nowhere").expect_own_failure("no place for images")
    same("nothing is left", registry.files(), [])
    if not os.path.exists("/usr/bin/skopeo"):
        registry.call("pull", "a:1", PATH="/nowhere").expect_own_failure("skopeo is missing.*apt-get install skopeo")
    layout = Layout(f"{registry.path}/docker.io_library_bad:1")
    layout.name(layout.image([[entry("f", "x")]], packing=""))
    for path in glob.glob(f"{layout.path}/blobs/sha256/*"):
        if open(path, "rb").read(1) != b"{":
            namu.write(path, b"another")
    registry.run("bad:1", "true").expect_own_failure("is damaged")
    same("nothing is left", registry.files(), [])


@test("fake")
def interrupted(namu):
    """a signal during a pull: skopeo is ended, nothing is left"""
    registry = Registry(namu)
    registry.put("docker.io/library/a:1", "A")
    for number in (signal.SIGINT, signal.SIGTERM):
        process = namu.start("image", "pull", "a:1", env={**registry.env, "FAKE_SKOPEO": "slow"})
        wait_until("skopeo", lambda: os.path.exists(f"{registry.path}/waiting"))
        os.unlink(f"{registry.path}/waiting")
        skopeo = namu.machine_of(process)
        process.send_signal(number)
        same("status", namu.finish(process).code, -number)
        wait_until("the end of skopeo", lambda: not is_alive(skopeo))
        same("nothing is left", registry.files(), [])
    process = namu.start("image", "pull", "a:1", env={**registry.env, "FAKE_SKOPEO": "slow"})
    wait_until("skopeo", lambda: os.path.exists(f"{registry.path}/waiting"))
    skopeo = namu.machine_of(process)
    process.kill()
    namu.finish(process)
    wait_until("the end of skopeo", lambda: not is_alive(skopeo))
    left = registry.files()
    same("a killed one leaves its directory", len(left), 1)
    os.utime(left[0], (time.time() - 100, time.time() - 100))
    registry.call("pull", "a:1").expect(0, b"", b"")
    same("which the next one removes", [p for p in registry.files() if "pull-" in p], [])


@test("fake")
def many_at_once(namu):
    """pulls, removals and runs of one image side by side"""
    registry = Registry(namu)
    registry.put("docker.io/library/a:1", "A")
    registry.put("docker.io/library/b:1", "A")

    def one(number):
        name = "ab"[number % 2] + ":1"
        if number % 5 == 4:
            return registry.call("rm", name)
        return registry.call("pull", name) if number % 3 else registry.run(name, "true")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(40)))
    for result in results:
        # A removal may find nothing, and a run whose image is removed between the pull and its start says so.
        if result.code != 0:
            matches("a line", result.err, "no such image|cannot read the root|No such file|was removed")
    registry.call("pull", "a:1", "b:1").expect(0, b"", b"")
    same("whole", registry.names(), ["a:1", "b:1"])
    registry.run("a:1", "true").expect(0, b"", b"")
    true("nothing unfinished", not [p for p in registry.files() if "pull-" in p or ".new-" in p], registry.files())


@test("fake")
def with_skopeo_itself(namu):
    """the real skopeo makes the layouts that are read: from a layout, and as a docker archive"""
    skopeo = shutil.which("skopeo")
    true("skopeo is installed (make deps-test)", skopeo)
    layout = Layout(namu.path("first"))
    layout.name(layout.image([[*busybox(), entry("f", "x")]]), "v1")
    env = {**os.environ, "TMPDIR": namu.directory}
    for target in (f"oci:{namu.path('second')}:v2", f"docker-archive:{namu.path('third.tar')}:me/it:1"):
        done = subprocess.run([skopeo, "copy", "-q", "--insecure-policy", f"oci:{layout.path}:v1", target], env=env,
                              capture_output=True)  # fmt: skip
        same("skopeo", (done.returncode, done.stderr), (0, b""))
        namu.run("true", root=target).expect(0, b"", b"")
