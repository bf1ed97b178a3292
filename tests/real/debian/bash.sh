# bash's own language, beyond sh: arrays, coprocesses, process substitution, traps, job control in a script.
set -u
declare -A map=([one]=1 [two]=2 [three]=3)
for key in one two three; do echo "$key=${map[$key]}"; done
list=({a..e}{1..3})
echo "${#list[@]} ${list[@]: -2}" "${list[@]/#/x}" | md5sum
diff <(seq 1 20) <(seq 1 2 20) | tail -n 4
mapfile -t lines < <(seq 1 100000)
echo "${#lines[@]} ${lines[99999]}"
coproc CALC { while read -r a b; do echo $((a * b)); done; }
echo "6 7" >&"${CALC[1]}"; read -r answer <&"${CALC[0]}"; echo "$answer"
end=${CALC[1]}; exec {end}>&-
trap 'echo got USR1' USR1; kill -USR1 $$; trap - USR1
trap "echo at exit" EXIT
(trap 'echo inner; exit 7' TERM; kill -TERM "$BASHPID"; sleep 5); echo "subshell $?"
sleep 100 & kill -TERM $!; wait $!; echo "killed $?"
for i in 3 1 2; do (exit $i) & pids[i]=$!; done
for i in 1 2 3; do wait "${pids[i]}"; echo "child $i ended with $?"; done
set -o pipefail; seq 1 100000 | head -n 1 >/dev/null; echo "pipe ${PIPESTATUS[*]}"; true | false | true; echo "$?"
x=0; for ((i = 0; i < 200000; i++)); do ((x = (x * 31 + i) % 1000003)); done; echo $x
fib() { (($1 < 2)) && { echo "$1"; return; }; echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); }
fib 8
printf -v text '%08.3f|%-6s|%x' 3.14159 abc 255; echo "$text"
[[ "2026-11-21" =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[@]}"
shopt -s extglob globstar nullglob
cd /usr/lib/git-core && echo git-@(a|b)* | md5sum; cd /etc && echo **/*.conf | md5sum
cat <<<"here string" | tr a-z A-Z
exec {fd}</etc/passwd; read -r first <&$fd; exec {fd}<&-; echo "$first"
timeout 0.2 bash -c 'while :; do :; done'; echo "timeout $?"
(ulimit -f 8; exec head -c 20000 /dev/zero >/tmp/limited) 2>/dev/null; echo "limit $? $(stat -c %s /tmp/limited)"
# What a script of thousands of lines costs is reading it: this one writes itself.
for ((i = 0; i < 5000; i++)); do echo "v$i=$i; [ \$v$i = $i ] || echo wrong $i"; done >/tmp/long.sh
echo 'echo end of the long script' >>/tmp/long.sh
bash /tmp/long.sh
