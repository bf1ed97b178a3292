#!/bin/bash
# What the trace costs, by instruction count: trace.sh BUILD [DEBIAN_ROOT]. Three rows of nbench, and with a Debian root
# that has gcc the compilation of a file, in a kernel without the trace, in one with it switched off, and with it on.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 debian=${2:-}
rows=null_syscall,pipe_rtt,fork_exit
work=$build/bench/trace
mkdir -p "$work/root/bin"
cp "$build/bench/nbench" "$work/root/bin"
compile='awk "BEGIN { for (i = 0; i < 200; i++) printf \"int f%d(int n) { int s = %d; for (int k = 0; k < n; k++) s += k * k; return s; }\\n\", i, i }" >/tmp/a.c
gcc -O2 -c -o /tmp/a.o /tmp/a.c; a=$(date +%s%N); gcc -O2 -c -o /tmp/a.o /tmp/a.c; b=$(date +%s%N); echo compile_ns $((b - a))'

measure() { # NAME OPTIONS...
	echo "$1"
	shift
	"$build/namu" run --seed 0 "$@" "$work/root" -- /bin/nbench --quantum-us 3000 --rows "$rows" | grep -v ^clock_
	[[ -z $debian ]] || "$build/namu" run -m 512m --seed 0 "$@" "$debian" -- sh -c "$compile"
}

measure "without the trace" --kernel "$build/notrace/namu.elf"
measure "switched off" --kernel "$build/namu.elf"
measure "on" --kernel "$build/namu.elf" --trace="$work/trace.namu"
"$build/namu" stat "$work/trace.namu" | sed -n 1p
stat -c '%s bytes' "$work/trace.namu"
