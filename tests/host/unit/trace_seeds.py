"""First inputs for fuzz_traces: streams of plausible events, bare and packed, whole and cut."""
import os
import random
import struct
import sys

EVENTS = list(range(1, 30)) + [31, 32, 33, 34, 63]


def record(rng, time):
    event = rng.choice(EVENTS)
    texts = rng.choice([0, 0, 1, 3]) if event in (5, 27, 28, 32) else 0
    words = [rng.choice([0, 1, 2, 3, 4, 5, 9, 17, 59, 0x10000, 1 << 40, 2**64 - 1]) for _ in range(4)]
    head = struct.pack("<QHBBI4Q", time, event, rng.randrange(4), texts, rng.randrange(6), *words)
    return head + b"".join(struct.pack("<QHBBI32s", time, 0, 0, 0, 0, rng.randbytes(32)) for _ in range(texts))


def item(rng, ticks):
    form = rng.choice(EVENTS + list(range(128, 137)) * 3)
    words = [rng.choice([0, 1, 2, 3, 17, 0x10000, 1 << 40]) for _ in range(4 if form < 128 else rng.randrange(4))]
    text = rng.randbytes(8 * rng.randrange(12)) if form in (5, 27, 28, 32) else b""
    size = 2 + len(words) + len(text) // 8
    return struct.pack("<QIHBB", ticks, rng.randrange(64), rng.randrange(9), form, size) + struct.pack(f"<{len(words)}Q", *words) + text


def piece(rng, ticks):
    items = b"".join(item(rng, ticks + 10 * at) for at in range(rng.randrange(20)))
    return struct.pack("<4sIII6Q", b"PECE", len(items), rng.randrange(4), rng.randrange(6), ticks, rng.choice([0, 0, 3]),
                       2**64 - 1, 0, 0, rng.choice([0, 1 << 31])) + items


def main(directory):
    rng = random.Random(1)
    for number in range(24):
        how = [1, 2, 3, 42 << 2 | 2][number % 4]
        make = piece if how & 1 else record
        stream = b"".join(make(rng, 1000 * at) for at in range(rng.randrange(1, 60)))
        info = b'{"filter":["FORK",7,null],"lossy":true}'.ljust(42) if number % 4 == 3 else b""
        header = struct.pack("<8sIIQ", b"NAMUTRAC", 2, 16, 0) if number % 4 == 2 else b""
        if number > 16:
            stream = stream[:rng.randrange(len(stream))]
        with open(os.path.join(directory, f"{number}"), "wb") as file:
            file.write(bytes([how]) + header + info + stream)


main(sys.argv[1])
