"""Host folders: host and machine in turn, each sees at once what the other did; and the guest tests' own programs."""
import os

from harness import BUILD, read_line, same, test, true

END = b"=end=\n"


class Machine:
    """A shell in a machine with the folder as its working directory; it is told one line at a time."""

    def __init__(self, namu, *options):
        self.folder = namu.path("folder")
        os.mkdir(self.folder)
        self.process = namu.start_run("sh", options=["-v", f"{self.folder}:/m", "-w", "/m", *options])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def does(self, script):
        """What the script prints, on both streams."""
        self.process.stdin.write(b"{ " + script.encode() + b"; } 2>&1; echo =end=\n")
        self.process.stdin.flush()
        lines = []
        while not lines or lines[-1] != END:
            lines.append(read_line(self.process.stdout))
            true("the machine goes on", lines[-1] != b"", b"".join(lines))
        return b"".join(lines[:-1]).decode()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()


@test(on="real")
def the_host_changes_names(namu):
    """what the host makes, renames, replaces and removes is so at the machine's next look"""
    with Machine(namu) as m:
        same("nothing there", m.does("cat f"), "cat: can't open 'f': No such file or directory\n")
        m.write("f", "one\n")
        same("made", m.does("cat f"), "one\n")
        os.rename(m.path("f"), m.path("g"))
        same("renamed", m.does("cat g; test -e f || echo gone"), "one\ngone\n")
        m.write("f", "two\n")
        os.rename(m.path("f"), m.path("g"))
        same("replaced", m.does("cat g"), "two\n")
        os.unlink(m.path("g"))
        os.mkdir(m.path("g"))
        m.write("g/in", "three\n")
        same("a directory now", m.does("cd g && cat in && cd .."), "three\n")
        os.rename(m.path("g"), m.path("h"))
        same("under its new name", m.does("cat h/in; ls"), "three\nh\n")
        os.symlink("h/in", m.path("l"))
        same("a link", m.does("cat l; readlink l"), "three\nh/in\n")
        os.unlink(m.path("l"))
        os.symlink("h", m.path("l"))
        same("that leads elsewhere", m.does("readlink l; cat l/in"), "h\nthree\n")
        os.link(m.path("h/in"), m.path("again"))
        same("two names", m.does("stat -c %h again h/in; test again -ef h/in && echo one file"), "2\n2\none file\n")
        os.unlink(m.path("h/in"))
        same("one name", m.does("stat -c %h again; ls -A h"), "1\n")
        for i in range(300):
            m.write(f"h/{i}", "")
        same("many names", m.does("ls h | wc -l"), "300\n")
        for i in range(0, 300, 3):
            os.unlink(m.path(f"h/{i}"))
        same("fewer", m.does("ls h | wc -l; test -e h/0 || echo no"), "200\nno\n")


@test(on="real")
def the_host_changes_contents(namu):
    """what the host writes, cuts and sets is read at once, through descriptors that are open too"""
    with Machine(namu) as m:
        m.write("f", "first\n")
        same("open", m.does("exec 3<f; stat -c '%s %a' f"), "6 644\n")
        m.write("f", "second, longer\n")
        same("the descriptor reads what is there", m.does("cat <&3; stat -c %s f"), "second, longer\n15\n")
        with open(m.path("f"), "a") as file:
            file.write("more\n")
        same("and what came behind", m.does("cat <&3"), "more\n")
        os.truncate(m.path("f"), 3)
        same("cut", m.does("cat f; echo; cat <&3; stat -c %s f"), "sec\n3\n")
        os.chmod(m.path("f"), 0o600)
        os.utime(m.path("f"), (1000000000, 1000000001))
        same("mode and times", m.does("stat -c '%a %X %Y' f"), "600 1000000000 1000000001\n")
        os.setxattr(m.path("f"), "user.of", b"host")
        with open(m.path("far"), "wb") as file:
            file.seek(6 << 30)
            file.write(b"end\n")
        same("far behind", m.does("stat -c %s far; tail -c 4 far; rm far"), f"{(6 << 30) + 4}\nend\n")
        true("removed", not os.path.exists(m.path("far")))


@test(on="real")
def the_machine_changes_what_the_host_holds(namu):
    """what the machine does is so on the host before the next line, in files that the host has open too"""
    with Machine(namu) as m:
        m.write("f", "host\n")
        with open(m.path("f")) as held:
            same("written", m.does("echo machine >f; exec 4>>f; echo behind >&4"), "")
            same("read at once", held.read(), "machine\nbehind\n")
            m.does("echo again >&4")
            same("while it is open there", held.read(), "again\n")
            m.does("exec 4>&-; mv f g; chmod 751 g; ln g h; ln -s g l; touch -d @1000000000 g")
            status = os.fstat(held.fileno())
            same("names, mode, time", (status.st_nlink, status.st_mode & 0o7777, int(status.st_mtime)),
                 (2, 0o751, 1000000000))
            same("the link", os.readlink(m.path("l")), "g")
            m.does("rm g h")
            same("no name", os.fstat(held.fileno()).st_nlink, 0)
            held.seek(0)
            same("still to be read", held.read(), "machine\nbehind\nagain\n")
        m.does("truncate -s 5368709120 big; echo x | dd of=big bs=1 seek=5368709119 conv=notrunc")
        status = os.stat(m.path("big"))
        true("large and empty", status.st_size == 5368709121 and status.st_blocks < 64, str(status))
        m.does("mkdir -p a/b/c; mv a/b .; rmdir a")
        same("moved", sorted(os.listdir(m.folder)), ["b", "big", "l"])


@test(on="real")
def a_removed_file_lives_on(namu):
    """open-unlink-fstat: by the machine's hand, by the host's"""
    with Machine(namu) as m:
        same("in the machine", m.does("exec 5>f; echo one >&5; exec 6<f; rm f; echo two >&5; cat <&6; "
                                      "stat -L -c '%h %s' /proc/self/fd/6"), "one\ntwo\n0 8\n")
        same("opened anew", m.does("cat /proc/self/fd/6; echo three >>/proc/self/fd/5; cat <&6"), "one\ntwo\nthree\n")
        same("no name is left", os.listdir(m.folder), [])
        m.write("g", "one\n")
        m.does("exec 7<>g")
        os.unlink(m.path("g"))
        same("by the host", m.does("cat <&7; echo two >&7; test -e g || echo no name"), "one\nno name\n")
        m.write("g", "another\n")
        same("a new file of that name is another", m.does("cat g; exec 8<g; cat <&8"), "another\nanother\n")


@test(on="real")
def nothing_outside_by_descriptor(namu):
    """neither .. nor links nor the links of /proc lead out of the folder, whatever the host puts there"""
    namu.write("secret", "secret")
    with Machine(namu) as m:
        os.mkdir(m.path("d"))
        os.symlink(namu.directory, m.path("to-host"))
        os.symlink("../..", m.path("d/up"))
        for script in ("cat to-host/secret", "cat d/up/secret", "cat d/../../secret", "cat /m/../secret",
                       "cd d; cat ../../secret", "cat /proc/self/cwd/../secret", "ln -s ../secret d/s; cat d/s"):
            out = m.does(script)
            true(script, "can't open" in out and "No such file" in out, out)
            m.does("cd /m; rm -f d/s")
        # The directory in which the machine stands goes elsewhere on the host.
        m.does("cd d")
        os.rename(m.path("d"), namu.path("outside"))
        same("it does not follow", m.does("cat ../secret secret 2>/dev/null; ls .. | grep secret"), "")


@test(on="real")
def a_kill_does_no_harm(namu):
    """programs that are killed while they read and write: the folder works on, no file is held"""
    with Machine(namu, "--cpus", "2") as m:
        same("killed", m.does("for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=z$i bs=4M count=200 & sleep 0.1;"
                              " kill -9 $!; wait $!; rm z$i; done >/dev/null 2>&1; echo on").splitlines()[-1], "on")
        m.write("f", "works\n")
        same("works", m.does("cat f; echo too >g; cat g"), "works\ntoo\n")
        same("names", sorted(os.listdir(m.folder)), ["f", "g"])


@test(on="real")
def guest_tests_pass_there(namu):
    """the guest tests of files, locks, mappings, executions and several processors, with their files in a host folder"""
    root = os.path.join(BUILD, "tests/root.erofs")
    os.mkdir(namu.path("folder"))
    os.chmod(namu.path("folder"), 0o1777)
    names = ["file_open", "proc_reopen", "memory_file", "lock_close", "process_exec", "file_signals", "smp_names"]
    result = namu.run("/tests/driver", *names, root=root,
                      options=["-v", f"{namu.path('folder')}:/tmp", "--cpus", "4", "-m", "512M"])
    out = result.out.decode()
    same("not ok", [line for line in out.splitlines() if line.startswith("not ok")], [])
    for name in names:
        true(name, f"# end {name} exit 0" in out, out[-500:])
