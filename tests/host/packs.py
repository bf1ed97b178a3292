"""Archives and images in layers for the tests, made by hand: good ones and hostile ones."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile

BUSYBOX = open(shutil.which("busybox"), "rb").read()
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PLATFORM = {"os": "linux", "architecture": "amd64"}


def entry(name, data=None, type_=None, **facts):
    """A member of a tar: a file when there are data, else a directory."""
    info = tarfile.TarInfo(name)
    info.type = type_ or (tarfile.DIRTYPE if data is None else tarfile.REGTYPE)
    info.mode = 0o755
    info.mtime = 1000000000
    for fact, value in facts.items():
        setattr(info, fact, value)
    data = data.encode() if isinstance(data, str) else data
    info.size = len(data or b"")
    return info, data


def link(name, target, **facts):
    return entry(name, type_=tarfile.SYMTYPE, linkname=target, **facts)


def hard_link(name, target):
    return entry(name, type_=tarfile.LNKTYPE, linkname=target)


def busybox():
    """Entries of a root that can run a shell."""
    applets = [link(f"bin/{name}", "busybox") for name in ("sh", "cat", "echo", "ls", "true", "id", "env", "pwd")]
    return [entry("bin"), entry("bin/busybox", BUSYBOX), *applets, entry("dev"), entry("proc"), entry("tmp")]


def tar(entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


PACKERS = {"": lambda data: data, "+gzip": lambda data: gzip.compress(data, mtime=0), "+zstd": zstd}
COMPRESSIONS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd, "tar": lambda data: data}


class Layout:
    """An OCI layout being made."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        os.makedirs(f"{path}/blobs/sha256", exist_ok=True)
        with open(f"{path}/oci-layout", "w", encoding="ascii") as file:
            file.write('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data, type_, **more):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{self.path}/blobs/sha256/{digest}", "wb") as file:
            file.write(data)
        return {"mediaType": type_, "digest": f"sha256:{digest}", "size": len(data), **more}

    def image(self, layers, config=None, packing="+gzip", platform=PLATFORM):
        """Adds an image of those lists of entries; its manifest's descriptor."""
        blobs = [self.blob(PACKERS[packing](tar(layer)), LAYER + packing) for layer in layers]
        settings = {**platform, "config": config or {}, "rootfs": {"type": "layers", "diff_ids": []}}
        manifest = {"schemaVersion": 2, "config": self.blob(settings, CONFIG), "layers": blobs}
        return self.blob(manifest, MANIFEST, platform=platform)

    def name(self, descriptor, tag=None):
        """Puts it into index.json."""
        if tag:
            descriptor = {**descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}}
        self.entries.append(descriptor)
        with open(f"{self.path}/index.json", "w", encoding="ascii") as file:
            json.dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": self.entries}, file)
        return self


def docker_archive(path, images, form="old"):
    """What `docker save` writes: [(tags, layers, config)]."""
    members, manifest = [], []
    for number, (tags, layers, config) in enumerate(images):
        settings = json.dumps({**PLATFORM, "config": config}).encode()
        config_name = hashlib.sha256(settings).hexdigest() + ".json"
        names = []
        for at, layer in enumerate(layers):
            data = tar(layer)
            name = f"{number}{at}/layer.tar"
            if form == "blobs":
                name = "blobs/sha256/" + hashlib.sha256(data).hexdigest()
            if form == "links" and at > 0:
                members.append(entry(f"real{number}{at}/layer.tar", data))
                members.append(link(name, f"../real{number}{at}/layer.tar"))
            else:
                members.append(entry(name, data))
            names.append(name)
        members.append(entry(config_name, settings))
        manifest.append({"Config": config_name, "RepoTags": tags, "Layers": names})
    with open(path, "wb") as file:
        file.write(tar([*members, entry("manifest.json", json.dumps(manifest))]))
    return path
