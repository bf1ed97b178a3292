#!/usr/bin/env python3
"""Compares Namu with Debian's Linux: the same static program, the same QEMU, in turn. See bench/README.md."""

import argparse
import json
import os
import platform
import subprocess
import sys

import initramfs
import machine
import programs
import report
import rows
import servers
import whole

NBENCH = "/bench/nbench"
# A quantum is the length of one timed run: short by wall clock, so that some are undisturbed; longer where a timer
# tick inside a short run would show.
SETTINGS = {
    "wall": {"quantum": 2000, "runs": 10},
    "icount": {"quantum": 10000, "runs": 5},
    "several": {"quantum": 10000, "runs": 10},
}
NOISY_SPREAD = 0.15


def say(text):
    """Progress, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build folder")
    parser.add_argument("--rounds", type=int, default=4, help="rounds by wall clock")
    parser.add_argument("--icount-rounds", type=int, default=2, help="rounds by instruction count")
    parser.add_argument("--repeats", type=int, default=8, help="repeats of the whole-machine times")
    parser.add_argument("--parts", default="wall,icount,several,whole,programs,servers", help="what to measure, of these")
    parser.add_argument("--rows", help="only these rows (the controls are always measured)")
    parser.add_argument("--quick", action="store_true", help="one round of each")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.icount_rounds = 1
        options.repeats = 2
    return options


def read_rows(run):
    """{row: {"unit", "value"} or {"error"}} and the guest's clock against the host's, from nbench's lines."""
    values, clock = {}, {}
    for time_ns, line in run.lines:
        words = line.split(" ", 2)
        if len(words) == 3 and words[0] in ("clock_begin", "clock_end"):
            clock[words[0]] = (int(words[1]), time_ns)
        elif len(words) == 3 and words[0] in rows.KNOWN:
            if words[1] == "failed":
                values[words[0]] = {"error": words[2]}
            else:
                values[words[0]] = {"value": float(words[1]), "unit": words[2]}
    ratio = None
    if len(clock) == 2:
        guest, host = (clock["clock_end"][i] - clock["clock_begin"][i] for i in (0, 1))
        ratio = guest / host
    return values, ratio


def controls_agree(values):
    """Are the controls of both sides within the limit? Returns the worst difference, too."""
    worst = 0.0
    for name in rows.CONTROLS:
        pair = [values[side].get(name, {}).get("value") for side in ("linux", "namu")]
        worst = max(worst, abs(pair[0] / pair[1] - 1)) if all(pair) else 1.0
    return worst <= rows.CONTROL_LIMIT, worst


class RowBench:
    """Rounds of nbench on both sides in one mode."""

    def __init__(self, machines, options, mode, names=None):
        self.machines = machines
        self.mode = mode
        self.root = machines.bench + "/root.erofs"
        self.initrd = machines.bench + "/linux/full.cpio"
        initramfs.write(self.initrd, [("init", machines.bench + "/init")], machines.bench + "/root")
        setting = SETTINGS[mode]
        self.arguments = [NBENCH, "--quantum-us", str(setting["quantum"]), "--runs", str(setting["runs"])]
        wanted = options.rows.split(",") if options.rows else rows.ROWS if not names else names
        if names:
            wanted = [name for name in names if name in wanted]
        self.arguments += ["--rows", ",".join((*rows.CONTROLS, *wanted))]
        self.flags = machines.namu_flags(whole.REFERENCE_MEMORY, mode, self.root)
        self.sides = ("linux", "namu") if machines.has_namu() else ("linux",)
        self.results = {side: {} for side in self.sides}
        self.thrown_away = 0
        self.clocks = {side: [] for side in self.sides}

    def _boot(self, side):
        if side == "linux":
            return self.machines.linux(["init", *self.arguments], self.initrd, self.flags, 600)
        return self.machines.namu(self.arguments, whole.REFERENCE_MEMORY, self.mode, self.root, 600)

    def _round(self):
        """One boot of each side. Returns {side: rows}, or raises BenchError where a side gave nothing."""
        values = {}
        for side in self.sides:
            run = self._boot(side)
            values[side], clock = read_rows(run)
            if not values[side]:
                last = (run.errors or run.text()).splitlines()[-3:]
                raise machine.BenchError(f"{side} gave no row (status {run.status}): {' | '.join(last)}")
            if run.timed_out or clock is None:
                say(f"  {side} did not finish: {run.errors.splitlines()[-1:] or run.lines[-1:]}")
            elif self.mode != "icount":
                self.clocks[side].append(clock)
                if abs(clock - 1) > 0.01:
                    say(f"  the clock of {side} runs at {clock:.4f} of the host's: its figures are wrong by that")
        return values

    def _keep(self, values):
        for side, side_rows in values.items():
            for name, row in side_rows.items():
                kept = self.results[side].setdefault(name, {"unit": "", "values": []})
                if "error" in row:
                    kept["error"] = row["error"]
                else:
                    kept["unit"] = row["unit"]
                    kept["values"].append(row["value"])

    def measure(self, rounds):
        """Keep `rounds` rounds whose controls agree; give up after twice as many."""
        kept = 0
        for attempt in range(2 * rounds):
            values = self._round()
            agree, worst = controls_agree(values) if len(values) == 2 else (True, 0.0)
            last_chance = kept == 0 and attempt == 2 * rounds - 1
            if agree or last_chance:
                self._keep(values)
                kept += 1
            if not agree:
                self.thrown_away += 1
                what = "kept, as there is no other: judge nothing by it" if last_chance else "thrown away"
                say(f"  {self.mode}: controls differ by {worst:.1%}, round {what}")
            else:
                say(f"  {self.mode}: round {kept} of {rounds}, controls within {worst:.1%}")
            if kept == rounds:
                break
        return self


def check_flags(machines, bench):
    """Say under which flags both sides run."""
    flags = bench.flags
    shown = " ".join(f"{name}={value}" for name, value in flags.items() if value)
    say(f"QEMU flags of both sides ({bench.mode}): {shown}")
    if flags["cpu"] != machine.REFERENCE_CPU:
        say(f"  note: -cpu is not {machine.REFERENCE_CPU}; figures do not compare with those of other runs")
    needed = [o for o in flags["machine"].split(",") if o.split("=")[0] in machine.LINUX_NEEDS]
    if needed:
        say(f"  but for {','.join(needed)}: Linux keeps those, as it boots slower without")
    if not machines.has_namu():
        say("  note: no build/namu and build/namu.elf: Linux alone is measured")


def facts(machines):
    """What the figures depend on."""
    version = subprocess.run([machines.qemu, "--version"], capture_output=True, text=True, check=True).stdout
    with open(machines.bench + "/linux/version", encoding="ascii") as file:
        linux = file.read().strip()
    return {
        "qemu": version.splitlines()[0],
        "linux": linux,
        "linux_command_line": machine.LINUX_COMMAND_LINE,
        "host": platform.platform(),
        "cpus": os.cpu_count(),
        "tsc_khz": machines.tsc_khz,
        "load_average": os.getloadavg(),
    }


def noise_line(bench, title):
    """A line on how far the rounds of one mode lie apart."""
    spreads = []
    for side in bench.sides:
        spreads += [report.spread(row["values"]) for row in bench.results[side].values()]
    spreads = sorted(s for s in spreads if s is not None)
    text = f"{title}: {bench.thrown_away} rounds thrown away"
    if spreads:
        middle, worst = spreads[len(spreads) // 2], spreads[-1]
        text += f"; spread between rounds {middle:.1%} in the middle, {worst:.0%} at worst"
        if bench.mode != "icount" and middle > NOISY_SPREAD:
            text += " (THE HOST IS BUSY: trust no ratio near its target)"
    for side, clocks in bench.clocks.items():
        if clocks:
            text += f"; clock of {side} / host {min(clocks):.4f} to {max(clocks):.4f}"
    return text


def measure_several(options, machines, data, tables, notes):
    """The rows for machines with several processors, by wall clock."""
    for cpus, names in rows.SEVERAL.items():
        machines.cpus = cpus
        bench = RowBench(machines, options, "several", names)
        check_flags(machines, bench)
        bench.measure(options.rounds)
        lines = report.row_table(bench.results, "several", (*rows.CONTROLS, *names))
        tables.append((f"With {cpus} processors", report.ROW_HEAD, lines))
        notes.append(noise_line(bench, f"{cpus} processors"))
        data[f"processors_{cpus}"] = {"flags": bench.flags, "rows": bench.results}
    machines.cpus = 1


def measure_servers(options, machines, data, tables):
    """The rows of servers, by wall clock and by instruction count."""
    bench = servers.Servers(machines, say)
    sides = ("linux", "namu") if machines.has_namu() else ("linux",)
    for mode, title in (("wall", "Servers, by wall clock"), ("icount", "Servers, by instruction count")):
        results = bench.rows(sides, mode, 1 if options.quick or mode == "icount" else 2)
        data["servers_" + mode] = results
        tables.append((title, report.ROW_HEAD, report.row_table(results, mode, servers.ROWS)))


def measure(options, machines):
    """All parts; returns the titles and tables for the report and the data for the file."""
    data, tables, notes = {"facts": facts(machines)}, [], []
    parts = options.parts.split(",")
    for mode, title in (("wall", "By wall clock"), ("icount", "By instruction count")):
        if mode in parts:
            bench = RowBench(machines, options, mode)
            check_flags(machines, bench)
            bench.measure(options.rounds if mode == "wall" else options.icount_rounds)
            tables.append((title, report.ROW_HEAD, report.row_table(bench.results, mode)))
            notes.append(noise_line(bench, mode))
            data[mode] = {"flags": bench.flags, "rows": bench.results, "clocks": bench.clocks}
    if "several" in parts:
        measure_several(options, machines, data, tables, notes)
    if "whole" in parts:
        machine_bench = whole.Whole(machines, say)
        data["whole"] = {
            "times": machine_bench.times(options.repeats),
            "least_memory": machine_bench.least_memory(),
            "lost_memory": machine_bench.lost_memory(),
            "image_size": machine_bench.image_size(),
        }
        tables.append(("The whole machine", report.WHOLE_HEAD, report.whole_table(data["whole"], machines.has_namu())))
    if "programs" in parts:
        program_bench = programs.Programs(machines, say)
        sides = ("linux", "namu") if machines.has_namu() else ("linux",)
        data["programs"] = program_bench.rows(sides, 1 if options.quick else 2)
        data["starts"] = program_bench.starts(sides, options.repeats)
        lines = report.program_table(data["programs"], data["starts"], programs.ROWS, programs.TARGET)
        tables.append(("Whole programs", report.PROGRAM_HEAD, lines))
    if "servers" in parts:
        measure_servers(options, machines, data, tables)
    data["facts"]["load_average_after"] = os.getloadavg()
    return tables, notes, data


def write_results(machines, tables, notes, data):
    """results.json and results.md in the build folder."""
    with open(machines.bench + "/results.json", "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
    known = data["facts"]
    with open(machines.bench + "/results.md", "w", encoding="utf-8") as file:
        file.write("# Namu against Linux\n\n")
        file.write(f"{known['qemu']}; {known['linux']}; host {known['host']}, {known['cpus']} CPUs.\n")
        for title, head, table in tables:
            file.write(f"\n## {title}\n\n{report.as_markdown(head, table)}\n")
        file.write("\n" + "".join(f"- {note}\n" for note in notes))


def main():
    """Measure, print, write. The status is 0 whatever the verdicts are: speed never fails a build."""
    options = read_options()
    tsc = subprocess.run([options.build + "/bench/tsckhz"], capture_output=True, text=True, check=True).stdout
    machines = machine.Machines(options.build, int(tsc))
    tables, notes, data = measure(options, machines)
    for title, head, table in tables:
        print(f"\n{title}\n{report.as_text(head, table)}")
    print("\n" + "\n".join(notes))
    if not machines.has_namu():
        print("Linux alone was measured: there is no Namu to judge")
    for title, _, table in tables if machines.has_namu() else ():
        below = [line[0] for line in table if line[6] in ("BELOW", "FAILED", "UNEQUAL")]
        print(f"{title}, below target: " + (", ".join(below) or "none"))
    write_results(machines, tables, notes, data)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (machine.BenchError, OSError, subprocess.CalledProcessError) as error:
        say(f"bench: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
