"""Measures of the whole machine: boot, a whole run, the least memory, the memory lost, the size of the kernel."""

import os
import struct

import initramfs
import machine

REFERENCE_MEMORY = 1024
LOST_MEMORY = 256
SHELL_WORD = "shell-works"
BOOT_TIMEOUT = 60


class Whole:
    """The measures, each as {"linux": ..., "namu": ...}; a side that failed has None."""

    def __init__(self, machines, say):
        self.machines = machines
        self.say = say
        self.root = machines.bench + "/small.erofs"
        self.first = machines.bench + "/linux/first.cpio"
        self.probe = machines.bench + "/linux/probe.cpio"
        self.small = machines.bench + "/linux/small.cpio"
        busybox = machines.bench + "/root/bin/busybox"
        init = ("init", machines.bench + "/init")
        initramfs.write(self.first, [("init", machines.bench + "/first")])
        initramfs.write(self.probe, [init, ("bench/memprobe", machines.bench + "/memprobe")])
        script = ("bench/hello.sh", machines.bench + "/root/bench/hello.sh")
        initramfs.write(self.small, [init, ("bin/busybox", busybox), script])

    def _sides(self):
        return ("linux", "namu") if self.machines.has_namu() else ("linux",)

    def _first(self, side):
        flags = self.machines.namu_flags(REFERENCE_MEMORY, "wall", self.root)
        if side == "linux":
            run = self.machines.linux(["init"], self.first, flags, BOOT_TIMEOUT)
        else:
            run = self.machines.namu(["/bench/first"], REFERENCE_MEMORY, "wall", self.root, BOOT_TIMEOUT)
        return run.seconds_to_mark()

    def _true(self, side):
        if side == "linux":
            flags = self.machines.namu_flags(None, "wall")
            run = self.machines.linux(["init", "/bin/busybox", "true"], self.small, flags, BOOT_TIMEOUT)
            return None if run.timed_out else run.seconds_from_qemu()
        run = self.machines.namu(["true"], None, "wall", None, BOOT_TIMEOUT)
        return None if run.status != 0 or run.timed_out else run.seconds_whole()

    def times(self, repeats):
        """Boot to the first user instruction and whole runs, in seconds, the sides in turn: lists of all repeats."""
        result = {}
        for name, measure in (("boot_to_user", self._first), ("run_true", self._true)):
            result[name] = {"linux": [], "namu": []}
            for number in range(repeats):
                for side in self._sides():
                    seconds = measure(side)
                    result[name][side] += [seconds] if seconds else []
                self.say(f"  {name}: {number + 1} of {repeats}")
        return result

    def _shell_works(self, side, memory):
        if side == "linux":
            flags = dict(self.machines.namu_flags(memory, "wall"), m=memory)
            arguments = ["init", "/bin/busybox", "sh", "/bench/hello.sh"]
            run = self.machines.linux(arguments, self.small, flags, BOOT_TIMEOUT / 3)
        else:
            run = self.machines.namu(["sh", "-c", f"echo {SHELL_WORD}"], memory, "wall", None, BOOT_TIMEOUT / 3)
        return any(line == SHELL_WORD for _, line in run.lines)

    def least_memory(self):
        """The smallest -m, in MiB, that gives a shell that echoes."""
        result = {}
        for side in self._sides():
            low, high = (7, 64) if side == "namu" else (31, 256)  # low is taken to fail
            if not self._shell_works(side, high):
                result[side] = None
                continue
            while high - low > 1:
                middle = (low + high) // 2
                if self._shell_works(side, middle):
                    high = middle
                else:
                    low = middle
            result[side] = high
            self.say(f"  least memory, {side}: {high} MiB")
        return result

    def lost_memory(self):
        """At -m 256M: MB that a program cannot have, by touching and by what /proc/meminfo says is available."""
        result = {}
        for side in self._sides():
            if side == "linux":
                flags = dict(self.machines.namu_flags(LOST_MEMORY, "wall"), m=LOST_MEMORY)
                run = self.machines.linux(["init", "/bench/memprobe"], self.probe, flags, BOOT_TIMEOUT)
            else:
                run = self.machines.namu(["/bench/memprobe"], LOST_MEMORY, "wall", self.root, BOOT_TIMEOUT)
            values = {}
            for _, line in run.lines:
                words = line.split()
                if len(words) == 2 and words[0].endswith("_kb"):
                    values[words[0]] = LOST_MEMORY * 1024 - int(words[1])
            result[side] = {
                "touched": values["touched_kb"] * 1024 / 1e6 if "touched_kb" in values else None,
                "available": values["available_kb"] * 1024 / 1e6 if "available_kb" in values else None,
            }
            self.say(f"  memory lost at 256 MiB, {side}: {result[side]}")
        return result

    def image_size(self):
        """Bytes of the kernel: what is loaded, what it takes in memory, the file; Linux's is its compressed file."""
        result = {"linux": {"file": os.path.getsize(self.machines.bench + "/linux/vmlinuz")}}
        if self.machines.has_namu():
            path = self.machines.build + "/namu.elf"
            loaded, in_memory = _loadable(path)
            result["namu"] = {"file": os.path.getsize(path), "loaded": loaded, "in_memory": in_memory}
        return result


def _loadable(path):
    """Bytes in the file and in memory of an ELF's loadable segments."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:5] != b"\x7fELF\x02":
        raise machine.BenchError(f"{path} is not a 64-bit ELF file")
    offset = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    loaded = in_memory = 0
    for index in range(count):
        kind = struct.unpack_from("<I", data, offset + index * size)[0]
        if kind == 1:  # PT_LOAD
            loaded += struct.unpack_from("<Q", data, offset + index * size + 32)[0]
            in_memory += struct.unpack_from("<Q", data, offset + index * size + 40)[0]
    return loaded, in_memory
