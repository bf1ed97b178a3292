# In the root around musl: its loader, its way to find libraries, programs that fork and exec through busybox.
sh /scripts/dynamic/run.sh /programs
unset LD_LIBRARY_PATH; /programs/main | head -n 4; /lib/ld-musl-x86_64.so.1 --list /programs/main | sed 's/ (0x.*//; s/.*=> //' | sort
env -i /programs/places; /programs/notes_fork | sed -E 's/[0-9]+/N/g' | sort
for i in 1 2 3 4 5 6 7 8; do /programs/main >/tmp/out.$i & done; wait; md5sum /tmp/out.* | cut -d' ' -f1 | uniq
ls /lib /programs; ls -l /proc/self/exe | sed 's/.*-> //'; /programs/main wait >/dev/null & until grep -qE 'pause|sigsuspend' /proc/$!/wchan; do :; done; grep -c ld-musl /proc/$!/maps; kill $!; wait $!; echo $?
