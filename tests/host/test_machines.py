"""--machine: what the command asks QEMU for, and what must hold on every kind of machine."""
import shlex

import harness
import test_bad_input
import test_mapped
import test_options
import test_seed
import test_shares
import test_signals
import test_status
import test_streams
import test_terminal
from harness import matches, same, test, true

GIB = 1 << 30
MIB = 1 << 20

# The streams, the end, signals, the terminal, host folders, images, processors, seeds: run on a PC too.
for function in (
    test_streams.big_binary_round_trip, test_streams.streams_are_apart, test_streams.early_bytes_are_kept,
    test_streams.end_of_input, test_streams.one_stream_is_not_read, test_streams.both_outputs_are_big,
    test_streams.reader_goes_away, test_streams.many_at_once,
    test_status.own_status, test_status.ended_by_signal, test_status.not_found, test_status.not_executable,
    test_status.timeout, test_status.status_fd_of_an_exit,
    test_signals.forwarded, test_signals.second_signal, test_signals.killed_command, test_signals.killed_machine,
    test_terminal.is_a_terminal, test_terminal.size_changes, test_terminal.interrupt_key, test_terminal.job_control,
    test_terminal.big_output,
    test_shares.both_sides_see_the_same, test_shares.read_only_stays, test_shares.a_root_is_written_back,
    test_mapped.programs_run, test_mapped.above_4_gib, test_mapped.seeded, test_mapped.wrong_places,
    test_seed.two_runs_are_the_same, test_seed.input_of_a_seeded_run,
    test_options.memory_and_processors, test_bad_input.corrupt_image,
):  # fmt: skip
    harness.TESTS.append(("q35", function))


def dry(namu, *options, root=None):
    result = namu.run("true", options=["--dry-run", *options], root=root).expect(0, None, b"")
    return shlex.split(result.out.decode())


def value(words, option):
    return words[words.index(option) + 1]


@test("fake")
def kinds(namu):
    """--machine microvm|q35: the machine, its firmware, and its devices"""
    namu.write("folder/x", "")
    for options in ([], ["--machine", "microvm"], ["--machine=q35", "--machine=microvm"]):
        words = dry(namu, "-v", "folder:/m", *options)
        true("microvm", value(words, "-M").startswith("microvm,") and "-bios" not in words, words)
        true("no PCI", not any("-pci" in word for word in words), words)
    words = dry(namu, "--machine", "q35", "-v", "folder:/m")
    true("q35", value(words, "-M").startswith("q35,") and value(words, "-bios") == "qboot.rom", words)
    true("streams", any(word.startswith("virtio-serial-pci") for word in words), words)
    true("folder", any(word.startswith("virtio-9p-pci") for word in words), words)
    true("nothing of the other", not any("mmio" in word for word in words), words)
    for seeded, setting in (("q35", "virtio-pci.ioeventfd=off"), ("microvm", "virtio-mmio.ioeventfd=off")):
        true(seeded, setting in dry(namu, "--machine", seeded, "--seed", "1"))
    for bad in ("", "pc", "q35,smm=on", "Q35"):
        namu.run("true", options=["--machine", bad]).expect_own_failure(f"bad machine '{bad}': microvm or q35")


@test("fake")
def places(namu):
    """on q35 memory goes on above 4 GiB from 2 GiB on, and an image lies in one piece"""
    image = test_mapped.stretched(namu, 1900 * MIB)
    memory, start, _ = test_mapped.place(dry(namu, "--machine", "q35", "-m", "128m", root=image))
    same("below 2 GiB", start, memory)
    namu.run("true", options=["--machine", "q35", "-m", "512m"], root=image).expect_own_failure(
        "do not fit below 2 GiB: use -m 2g or more")  # fmt: skip
    for options in ([], ["-m", "2g"], ["-m", "5g"]):
        memory, start, _ = test_mapped.place(dry(namu, "--machine", "q35", *options, root=image))
        true("memory", memory >= 2 * GIB, memory)
        same("above 4 GiB", start, memory + 2 * GIB)


@test("q35")
def devices(namu):
    """the devices interrupt by messages, with one processor and with four; seven host folders have room"""
    for count in ("1", "4"):
        result = namu.shell("cat; nproc; cat /proc/interrupts", options=["--cpus", count], data=b"x\n").expect(0, None, b"")
        same("processors", result.out.split()[:2], [b"x", count.encode()])
        matches("messages", result.out, r"PCI-MSI")
        true("no lines", b"IO-APIC" not in result.out, result.out)
    options = []
    for i in range(6):
        namu.write(f"f{i}/name", f"{i}\n")
        options += ["-v", f"f{i}:/m{i}"]
    namu.shell("cat /m?/name", options=options).expect(0, b"0\n1\n2\n3\n4\n5\n", b"")


@test("q35")
def memory_above_4_gib(namu):
    """memory on both sides of the hole for devices"""
    for text, least in (("2100m", 2050), ("5g", 5000)):
        result = namu.shell("grep MemTotal /proc/meminfo", options=["-m", text]).expect(0, None, b"")
        true(text, int(result.out.split()[1]) >= least << 10, result)
