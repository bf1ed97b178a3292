"""A real registry on the loopback interface: registry.py PROGRAM. Run by tests/run/registry."""
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

import harness
from harness import Failure, Namu, matches, same, true, wait_until
from packs import INDEX, Layout, busybox, entry

CONFIG = """version: 0.1
storage: {{filesystem: {{rootdirectory: {place}/store}}}}
http: {{addr: 127.0.0.1:{port}}}
log: {{level: error, accesslog: {{disabled: true}}}}
"""


class Registry:
    def __init__(self, program, place):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.place = place
        path = f"{place}/config.yml"
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIG.format(place=place, port=self.address.split(":")[1]))
        log = open(f"{place}/registry.log", "wb")
        self.process = subprocess.Popen([program, "serve", path], stdout=log, stderr=log)
        wait_until("the registry", self.answers)

    def answers(self):
        try:
            return urllib.request.urlopen(f"http://{self.address}/v2/", timeout=5).status == 200
        except OSError:
            true("the registry runs", self.process.poll() is None, open(f"{self.place}/registry.log", "rb").read()[-300:])
            return False

    def push(self, layout, name, *options):
        words = ["skopeo", "copy", "-q", "--insecure-policy", "--dest-tls-verify=false", *options]
        done = subprocess.run([*words, f"oci:{layout.path}", f"docker://{self.address}/{name}"], capture_output=True)
        same(f"push of {name}", (done.returncode, done.stderr), (0, b""))


def make(namu, text, more=()):
    layout = Layout(tempfile.mkdtemp(dir=namu.directory))
    layers = [[*busybox(), entry("f", text), entry("gone", "x")], [entry(".wh.gone", ""), *more]]
    return layout, layout.image(layers, {"Cmd": ["/bin/cat", "/f"], "Env": ["A=b"]})


def pull_and_run(namu, registry):
    """an image is pulled, run, listed, changed in the registry, pulled again, removed"""
    layout, image = make(namu, "first\n")
    layout.name(image)
    registry.push(layout, "me/it:1")
    name = f"{registry.address}/me/it:1"
    namu.call("run", name).expect(0, b"first\n", b"")
    namu.run("sh", "-c", "echo $A; ls /gone 2>/dev/null || echo no", root=f"docker://{name}").expect(0, b"b\nno\n", b"")
    layout, image = make(namu, "second\n")
    layout.name(image)
    registry.push(layout, "me/it:1")
    namu.call("run", name).expect(0, b"first\n", b"")
    namu.call("image", "pull", name).expect(0, b"", b"")
    namu.call("run", name).expect(0, b"second\n", b"")
    true("listed", name in namu.call("image", "ls").out.decode())
    namu.call("image", "rm", name).expect(0, b"", b"")
    true("not listed", name not in namu.call("image", "ls").out.decode())


def by_digest(namu, registry):
    """an image by the digest of its manifest"""
    layout, image = make(namu, "exact\n")
    layout.name(image)
    registry.push(layout, "me/exact:1")
    namu.call("run", f"{registry.address}/me/exact@{image['digest']}").expect(0, b"exact\n", b"")
    wrong = "sha256:" + "0" * 64
    namu.call("run", f"{registry.address}/me/exact@{wrong}").expect_own_failure("cannot pull ")


def platforms(namu, registry):
    """of an image for several platforms, the one for linux/amd64"""
    layout, ours = make(namu, "amd64\n")
    theirs = layout.image([[entry("f", "arm")]], platform={"os": "linux", "architecture": "arm64"})
    layout.name(layout.blob({"schemaVersion": 2, "mediaType": INDEX, "manifests": [theirs, ours]}, INDEX))
    registry.push(layout, "me/multi:1", "--all")
    namu.call("run", f"{registry.address}/me/multi:1").expect(0, b"amd64\n", b"")


def missing(namu, registry):
    """a name that the registry does not have: one line"""
    result = namu.call("run", f"{registry.address}/me/none:1").expect_own_failure("cannot pull ")
    matches("the registry's own words", result.err, "manifest unknown|name unknown|not found")


def main():
    passed = failed = 0
    place = tempfile.mkdtemp(prefix="namu-registry-")
    registry = Registry(sys.argv[1], place)
    try:
        for function in (pull_and_run, by_digest, platforms, missing):
            directory = tempfile.mkdtemp(dir=place)
            try:
                function(Namu("real", directory), registry)
                passed += 1
            except Failure as failure:
                failed += 1
                print(f"not ok - registry: {function.__doc__}\n# {failure}")
    finally:
        registry.process.terminate()
        registry.process.wait(harness.LIMIT_S)
        shutil.rmtree(place, ignore_errors=True)
    print(f"registry: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
