# The language of sh: pipelines, subshells, functions, arithmetic, here-documents, redirections, expansions.
echo one | cat | cat | cat
(cd /tmp && pwd); pwd
x=1; (x=2; echo $x); echo $x
f() { local y=$1; [ "$y" -gt 0 ] || return 3; echo "f $y"; f $((y - 1)); }
f 5; echo "status $?"
echo $((7 * 6)) $((2 ** 10)) $((100 / 7)) $((100 % 7)) $((1 << 20)) $(( (3 > 2) ? 10 : 20 ))
i=0; while [ $i -lt 10 ]; do i=$((i + 1)); [ $i = 3 ] && continue; [ $i = 7 ] && break; echo "i $i"; done
for w in a 'b c' "d"; do echo "[$w]"; done
case hello in h*o) echo matched;; *) echo not;; esac
cat <<END
here $x $((1 + 1)) `echo command`
END
cat <<'END'
here $x not
END
cat <<-END
	tabs gone
	END
v=hello; echo ${v#he} ${v%lo} ${#v} ${v:-d} ${w2:-default} ${v:1:3}
set -- a b c; echo $# $2; shift; echo "$@"
{ echo out; echo err >&2; } 2>/dev/null
{ echo out; echo err >&2; } 2>&1 >/dev/null
echo text >/tmp/f; echo more >>/tmp/f; cat </tmp/f
exec 5>/tmp/five; echo five >&5; exec 5>&-; cat /tmp/five
exec 6</tmp/f; read a <&6; read b <&6; echo "$a-$b"; exec 6<&-
false; echo $?; true; echo $?; ! true; echo $?
sh -c 'exit 42'; echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill -TERM $$'; echo $?
nosuchcommand 2>/dev/null; echo $?
/etc/passwd 2>/dev/null; echo $?
true && echo and || echo or
false && echo and || echo or
echo "$(echo "nested $(echo deeper)")"
printf '%s %d %x %c\n' str 42 255 char
seq 1 100000 | (read a; read b; echo $a $b)
yes | head -n 3
IFS=:; set -- $(echo a:b:c); echo $1 $3; unset IFS
eval 'echo eval $((1+1))'
test -f /etc/passwd && echo file; test -d /tmp && echo dir; [ abc = abc ] && echo equal
umask 027; : >/tmp/masked; stat -c %a /tmp/masked
echo *.none; cd /real/tree && echo d1/*3*
n=0; seq 1 300 | while read l; do n=$((n + l)); echo $n; done | tail -n 1
for i in $(seq 1 60); do (exit $i) || echo -n "$? "; done; echo
type cd; command -v ls; alias ll='ls -l'; alias ll
( set -e; false; echo unreached ); echo "set -e $?"
( set -u; echo $unset_variable ) 2>/dev/null; echo "set -u $?"
trap 'echo bye' EXIT
exit 5
