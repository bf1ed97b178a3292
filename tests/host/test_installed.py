"""Help, version, doctor, installation, manual pages, completion."""
import os
import re
import shutil
import subprocess

from harness import HERE, NAMU, matches, same, test, true

TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
OPTIONS = (
    "--memory --cpus --env --env-file --workdir --user --hostname --tmpfs --timeout --status-fd --machine --accel --seed "
    "--kernel --append --gdb --dry-run --verbose --read-only --trace --view --rm"
).split()


@test("fake")
def help_texts(namu):
    """namu help, --help, -h, help COMMAND, COMMAND --help"""
    general = namu.call("help").expect(0, None, b"").out
    for words in (["--help"], ["-h"]):
        namu.call(*words).expect(0, general, b"")
    for command in ("run", "image", "trace", "stat", "export", "view", "doctor", "version", "help"):
        true(f"{command} is named", f"namu {command}".encode() in general, general)
        text = namu.call("help", command).expect(0, None, b"").out
        matches("text", text, f"^namu {command}")
    run = namu.call("help", "run").out
    for words in (["run", "--help"], ["run", "-m", "1g", "--help", "x"]):
        namu.call(*words).expect(0, run, b"")
    for option in OPTIONS:
        true(f"{option} is named", option.encode() in run)
    namu.call("image", "--help").expect(0, namu.call("help", "image").out, b"")
    for command in ("trace", "stat", "export", "view"):
        namu.call(command, "--help").expect(0, namu.call("help", command).out, b"")
    for command in ("doctor", "version"):
        namu.call(command, "--help").expect(0, namu.call("help", command).out, b"")


@test("fake")
def version(namu):
    """namu version, --version"""
    text = namu.call("version").expect(0, None, b"").out
    matches("version", text, r"^namu \d+\.\d+\.\d+\n$")
    namu.call("--version").expect(0, text, b"")


@test("fake")
def output_that_cannot_be_written(namu):
    """namu help > /dev/full fails"""
    with open("/dev/full", "wb") as file:
        same("status", namu.call("help", stdout=file).code, 125)


@test("fake")
def doctor_finds_all(namu):
    """namu doctor: a line for each thing, 0 when programs can be run"""
    result = namu.call("doctor").expect(0, None, b"")
    lines = result.out.decode().splitlines()
    same("things", [line.split()[1] for line in lines], ["QEMU", "KVM", "kernel", "root", "libarchive", "skopeo", "page", "gcc", "cache"])
    for line in lines:
        true("each line says ok or what to do", re.match(r"(ok|missing) +\S+ +\S+", line), line)


@test("fake")
def doctor_finds_what_is_missing(namu):
    """namu doctor: what is missing, with a remedy, and 1"""
    result = namu.call("doctor", env={"NAMU_QEMU": "/no/such", "NAMU_DATA": "/no/such", "HOME": "/proc/none"})
    same("status", result.code, 1)
    for pattern in (r"MISSING +QEMU +apt-get install qemu-system-x86", r"MISSING +kernel .*make",
                    r"MISSING +root .*make", r"missing +page .*make view", r"missing +cache .*XDG_CACHE_HOME"):  # fmt: skip
        matches("line", result.out, pattern)
    result = namu.call("doctor", env={"NAMU_QEMU": shutil.which("false")})
    same("status", result.code, 1)
    matches("line", result.out, r"MISSING +QEMU +it is there but does not start")


@test("fake")
def moved_installation(namu):
    """the command finds its files beside it and in ../share/namu, wherever they are moved to"""
    env = {key: value for key, value in namu.env.items() if key != "NAMU_DATA"}
    for data in ("prefix/bin", "prefix/share/namu"):
        os.makedirs(namu.path("prefix/bin"))
        os.makedirs(namu.path(data), exist_ok=True)
        shutil.copy(NAMU, namu.path("prefix/bin/namu"))
        for name in ("namu.elf", "root.erofs"):
            shutil.copy(os.path.join(namu.data, name), namu.path(data))
        words = [namu.path("prefix/bin/namu"), "run", "--", "echo", "x"]
        result = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True)
        same("result", (result.returncode, result.stdout, result.stderr), (0, b"x\n", b""))
        os.symlink(namu.path("prefix/bin/namu"), namu.path("link"))
        result = subprocess.run([namu.path("link"), *words[1:]], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        same("by a link", (result.returncode, result.stdout, result.stderr), (0, b"x\n", b""))
        shutil.rmtree(namu.path("prefix"))
        os.unlink(namu.path("link"))


@test("fake")
def manual_pages(namu):
    """the manual pages name every option and every command"""
    with open(os.path.join(TOP, "doc/man/namu-run.1.scd")) as file:
        run = file.read()
    for option in OPTIONS:
        true(f"{option} is described", f"*{option}*" in run)
    with open(os.path.join(TOP, "doc/man/namu.1.scd")) as file:
        general = file.read()
    for command in ("run", "image", "doctor", "version", "help"):
        true(f"{command} is described", f"*namu {command}*" in general)
    if shutil.which("scdoc"):
        for text in (run, general):
            done = subprocess.run(["scdoc"], input=text.encode(), capture_output=True)
            same("scdoc", (done.returncode, done.stderr), (0, b""))


def complete(*words):
    """What bash would offer for the last word."""
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_namu 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = os.path.join(TOP, "doc/completion/namu.bash")
    done = subprocess.run(["bash", "-c", script, "bash", path, *words], capture_output=True, text=True, cwd=TOP)
    same("errors", done.stderr, "")
    return done.stdout.split()


@test("fake")
def completion(namu):
    """the completion for bash knows commands, options and values"""
    same("commands", sorted(complete("namu", "")), sorted("run image trace stat export view lab doctor version help --help".split()))
    offered = complete("namu", "run", "--")
    for option in OPTIONS:
        true(f"{option} is offered", option in offered, offered)
    same("value", complete("namu", "run", "--accel", "t"), ["tcg"])
    same("value", complete("namu", "run", "--accel", "=", "k"), ["kvm"])
    same("file", complete("namu", "run", "--kernel", "LICEN"), ["LICENSE"])
    same("behind --", complete("namu", "run", "--", "L"), [])
    same("directory", complete("namu", "image", "hos"), ["host"])


@test("fake")
def help_does_not_fall_behind(namu):
    """every option of help stands in the manual page and in the completion"""
    run = namu.call("help", "run").out.decode()
    names = set(re.findall(r"(--[a-z][a-z-]+)", run)) - {"--help"}
    with open(os.path.join(TOP, "doc/man/namu-run.1.scd")) as file:
        page = file.read()
    offered = complete("namu", "run", "--")
    for name in sorted(names):
        true(f"{name} in the page", f"*{name}*" in page)
        true(f"{name} in the completion", name in offered)
