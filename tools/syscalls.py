#!/usr/bin/env python3
"""Print the page of system calls from the rows in kernel/syscall/rows, as the C preprocessor reads them.

Called by `make doc/syscalls.md`. Arguments: the compiler and its flags.
"""
import re
import subprocess
import sys

SOURCE = """
#include "syscall/rows.h"
#define ROW(number, name, level, count, parameters, types, type_texts, argument_texts, note) \\
@@ number name level type_texts @ argument_texts @ note
#include "syscall/rows/all.def"
"""
NAMES = "#include <asm/unistd_64.h>\n"
ROW = re.compile(r"@@ (\d+) (\w+) (\w+) \((.*?)\) @ \((.*?)\) @ (\".*\")$")
LEVELS = {"FULL": "full", "PART": "partial"}

# What each type of argument is called on the page; plain C types go by their own name.
TYPES = {
    "fd_t": "descriptor", "pid_type_t": "pid", "user_text_t": "text", "user_in_t": "in", "user_out_t": "out",
    "user_io_t": "in and out", "address_t": "address", "flags_t": "flags", "flags64_t": "flags",
    "mode_bits_t": "mode", "signal_t": "signal", "clock_id_t": "clock", "user_id_t": "id",
}


def preprocess(compiler, source, options):
    result = subprocess.run([*compiler, "-E", "-Ikernel", "-Iinclude", "-xc", *options, "-"], input=source,
                            capture_output=True, text=True, check=True)
    return result.stdout


def texts(part):
    return re.findall(r'"([^"]*)"', part)


def read_rows(compiler):
    rows = []
    for line in preprocess(compiler, SOURCE, ["-P"]).split("@@ ")[1:]:
        match = ROW.match("@@ " + " ".join(line.split()))
        if not match:
            sys.exit(f"syscalls.py: this row cannot be read: {line.strip()}")
        number, name, level, types, arguments, note = match.groups()
        rows.append((int(number), name, level, list(zip(texts(types), texts(arguments))), "".join(texts(note))))
    numbers = [row[0] for row in rows]
    for number in sorted(set(numbers)):
        if numbers.count(number) > 1:
            sys.exit(f"syscalls.py: number {number} has more than one row")
    return sorted(rows)


def linux_names(compiler):
    found = re.findall(r"#define __NR_(\w+) (\d+)", preprocess(compiler, NAMES, ["-dM"]))
    return {int(number): name for name, number in found}


def print_page(rows, names):
    for number, name, *_ in rows:
        if names.get(number, name) != name:
            sys.exit(f"syscalls.py: number {number} is {names[number]} in Linux, not {name}")
    absent = sorted(name for number, name in names.items() if number not in {row[0] for row in rows})
    full = sum(row[2] == "FULL" for row in rows)
    print("# System calls\n")
    print("Made from `kernel/syscall/rows` by `make doc/syscalls.md`; do not edit.\n")
    print(f"{len(rows)} system calls of Linux for x86-64 have a handler, {full} of them with all that Linux does.")
    print("Every other number answers ENOSYS, and the kernel's log says so once.\n")
    print("| number | name | level | arguments | what is missing |")
    print("| ---: | --- | --- | --- | --- |")
    for number, name, level, arguments, note in rows:
        shown = ", ".join(f"{argument} ({TYPES.get(kind, kind)})" for kind, argument in arguments)
        print(f"| {number} | {name} | {LEVELS[level]} | {shown} | {note} |")
    print("\n## Without a handler\n")
    print(", ".join(absent) + ".")


def main():
    compiler = sys.argv[1:] or ["gcc"]
    print_page(read_rows(compiler), linux_names(compiler))


if __name__ == "__main__":
    main()
