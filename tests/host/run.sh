#!/bin/sh
# The tests of the `namu` command: run.sh [fake|real|q35] [-j JOBS] [PART OF A TEST'S NAME...]
#
# "fake" tests the command alone, with a machine that is only played; "real" boots the kernel, "q35" on a PC; all by default.
# HOST, KERNEL and ROOT name the command, the kernel and the built-in root; they are looked for in build/ otherwise.
exec /usr/bin/env python3 -B "$(dirname "$0")/all.py" "$@"
