"""Servers of Debian's in both kernels, measured from inside by their own clients: bench/servers/*.sh print the rows."""

import os

import initramfs
import machine

MEMORY = 2048  # MiB: Linux holds the archive and what it unpacks of it
TIMEOUT = 900
SCRIPTS = ("redis", "pgbench", "nginx")
ROWS = (
    "redis_set_p1",
    "redis_set_p16",
    "redis_get_p1",
    "redis_get_p16",
    "redis_fork_256m",
    "redis_write_5000",
    "redis_cow_5000",
    "pgbench_select",
    "pgbench_select_connect",
    "pgbench_write",
    "nginx_wrk",
    "nginx_wrk_1m",
    "nginx_wrk_proxy",
    "nginx_ab_close",
)


class Servers:
    """Rounds of the scripts on both sides, from the same files: an EROFS image, and Linux's initial file system."""

    def __init__(self, machines, say):
        self.machines = machines
        self.say = say
        self.image = machines.bench + "/servers.erofs"
        self.archive = machines.bench + "/linux/servers.cpio"
        if not os.path.exists(self.archive) or os.path.getmtime(self.archive) < os.path.getmtime(self.image):
            initramfs.write(self.archive, [("init", machines.bench + "/init")], machines.bench + "/servers")

    def _boot(self, side, script, mode):
        arguments = ["/bin/sh", f"/bench/{script}.sh"]
        if side == "namu":
            return self.machines.namu(arguments, MEMORY, mode, self.image, TIMEOUT)
        flags = dict(self.machines.namu_flags(MEMORY, mode, self.image), m=MEMORY)
        return self.machines.linux(["init", *arguments], self.archive, flags, TIMEOUT)

    def rows(self, sides, mode, rounds):
        """{side: {row: {"unit", "values"}}}; a row that a script did not print is left out."""
        results = {side: {} for side in sides}
        for number in range(rounds):
            for script in SCRIPTS:
                for side in sides:
                    run = self._boot(side, script, mode)
                    found = False
                    for words in (line.split() for _, line in run.lines):
                        if len(words) == 3 and words[0] in ROWS:
                            kept = results[side].setdefault(words[0], {"unit": words[2], "values": []})
                            kept["values"].append(float(words[1]))
                            found = True
                    if not found:
                        last = (run.errors or run.text()).splitlines()[-3:]
                        raise machine.BenchError(f"{side} gave no row of {script}: {' | '.join(last)}")
            self.say(f"  servers, {mode}: round {number + 1} of {rounds}")
        return results
