#!/usr/bin/python3
"""Plays skopeo for the tests: `copy ... docker://REF oci:DIR:TAG` copies a layout that FAKE_REGISTRY holds for REF.

The environment says how it ends: FAKE_SKOPEO=fail prints an error, slow waits for good, die ends in the middle.
"""
import json
import os
import shutil
import sys
import time

words = sys.argv[1:]
with open(os.path.join(os.environ["FAKE_REGISTRY"], "log"), "a", encoding="utf-8") as file:
    file.write(" ".join(words) + "\n")
assert words[0] == "copy", words
source, target = words[-2:]
assert source.startswith("docker://") and target.startswith("oci:"), words
name = source.removeprefix("docker://").replace("/", "_")
place, tag = target.removeprefix("oci:").rsplit(":", 1)
layout = os.path.join(os.environ["FAKE_REGISTRY"], name)
mode = os.environ.get("FAKE_SKOPEO", "")
if mode == "fail" or not os.path.isdir(layout):
    sys.exit(f"time=\"now\" level=fatal msg=\"initializing source {source}: manifest unknown\"")
shutil.copytree(os.path.join(layout, "blobs"), os.path.join(place, "blobs"))
if mode == "slow":
    open(os.path.join(os.environ["FAKE_REGISTRY"], "waiting"), "w").close()
    time.sleep(1000)
if mode == "die":
    os.kill(os.getpid(), 9)
with open(os.path.join(layout, "index.json"), encoding="utf-8") as file:
    index = json.load(file)
for entry in index["manifests"]:
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
with open(os.path.join(place, "index.json"), "w", encoding="utf-8") as file:
    json.dump(index, file)
