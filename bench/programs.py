"""Whole programs of Debian's in both kernels, and the start of a root of 1 GB."""

import os
import shutil
import subprocess
import tempfile
import time

import initramfs
import machine

MEMORY = 2048  # MiB: Linux holds the archive and what it unpacks of it
TIMEOUT = 900
STOPWATCH = "/bench/stopwatch"
ROWS_FILE = "/bench/rows"
ROWS = ("dynamic_exec", "shell_ten", "find_50k", "tar_tree", "git_status", "configure")
STARTS = ("start_1g_cold", "start_1g_cached")
TARGET = 1.0  # none slower than Linux
# What Linux needs for a disk on this machine, in the order in which it is loaded; ext4 is built in.
DISK_MODULES = ("virtio", "virtio_ring", "virtio_mmio", "virtio_blk")


class Programs:
    """Rounds of the stopwatch on both sides, from the same files: an EROFS image, and Linux's initial file system."""

    def __init__(self, machines, say):
        self.machines = machines
        self.say = say
        self.tree = machines.bench + "/debian"
        self.image = machines.bench + "/debian.erofs"
        self.archive = machines.bench + "/linux/debian.cpio"
        self.init = ("init", machines.bench + "/init")
        if not os.path.exists(self.archive) or os.path.getmtime(self.archive) < os.path.getmtime(self.image):
            initramfs.write(self.archive, [self.init], self.tree)

    def _boot(self, side):
        arguments = [STOPWATCH, ROWS_FILE]
        if side == "namu":
            return self.machines.namu(arguments, MEMORY, "wall", self.image, TIMEOUT)
        flags = dict(self.machines.namu_flags(MEMORY, "wall", self.image), m=MEMORY)
        return self.machines.linux(["init", *arguments], self.archive, flags, TIMEOUT)

    def rows(self, sides, rounds):
        """{side: {row: {"unit", "values", "error"}}}; the clock's lines are left to the reader of rows."""
        results = {side: {} for side in sides}
        for number in range(rounds):
            for side in sides:
                run = self._boot(side)
                for _, line in run.lines:
                    words = line.split()
                    if len(words) != 3 or words[0] not in ROWS:
                        continue
                    kept = results[side].setdefault(words[0], {"unit": "us", "values": []})
                    if words[1] == "failed":
                        kept["error"] = f"ended with {words[2]}"
                    else:
                        kept["values"].append(float(words[1]))
                if not results[side]:
                    last = (run.errors or run.text()).splitlines()[-3:]
                    raise machine.BenchError(f"{side} gave no row of programs: {' | '.join(last)}")
            self.say(f"  programs: round {number + 1} of {rounds}")
        return results

    # -- the start of a large root --

    def _linux_disk(self, tree, image):
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", tree, image, "2G"], check=True)

    def _linux_start(self, image):
        modules = [("modules/" + name + ".ko", f"{self.machines.bench}/linux/{name}.ko") for name in DISK_MODULES]
        archive = self.machines.bench + "/linux/disk.cpio"
        initramfs.write(archive, [("init", self.machines.bench + "/init_disk"), *modules])
        flags = self.machines.namu_flags(None, "wall")
        disk = ["-drive", f"if=none,id=disk,format=raw,readonly=on,cache=writeback,file={image}"]
        disk += ["-device", "virtio-blk-device,drive=disk"]
        return self.machines.linux(["init", "/bin/true"], archive, flags, 60, disk)

    def starts(self, sides, repeats):
        """Seconds of `true` in a root of 1 GB: with nothing cached (the image is made first), and again."""
        tree = self.machines.bench + "/large"
        results = {name: {side: [] for side in sides} for name in STARTS}
        cache = tempfile.mkdtemp(prefix="cache.", dir=self.machines.bench)
        disk = self.machines.bench + "/large.ext4"
        environment = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = cache
        try:
            for number in range(repeats + 1):
                name = STARTS[min(number, 1)]
                for side in sides:
                    begun = time.monotonic()
                    if side == "linux":
                        if number == 0:
                            self._linux_disk(tree, disk)
                        run = self._linux_start(disk)
                    else:
                        run = self.machines.namu(["/bin/true"], None, "wall", tree, 600)
                    taken = time.monotonic() - begun
                    if run.timed_out or run.status != 0:
                        self.say(f"  {name}, {side}: failed: {(run.errors or run.text()).splitlines()[-1:]}")
                    else:
                        results[name][side].append(taken)
                self.say(f"  {name}: {number + 1} of {repeats + 1}")
        finally:
            if environment is None:
                del os.environ["XDG_CACHE_HOME"]
            else:
                os.environ["XDG_CACHE_HOME"] = environment
            shutil.rmtree(cache, ignore_errors=True)
            if os.path.exists(disk):
                os.unlink(disk)
        return results
