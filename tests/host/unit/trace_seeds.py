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


def main(directory):
    rng = random.Random(1)
    for number in range(24):
        stream = b"".join(record(rng, 1000 * at) for at in range(rng.randrange(1, 60)))
        how = [1, 2, 3, 42 << 2 | 2][number % 4]
        info = b'{"filter":["FORK",7,null],"lossy":true}'.ljust(42) if number % 4 == 3 else b""
        header = struct.pack("<8sIIQ", b"NAMUTRAC", 1, 48, 0) if number % 4 == 2 else b""
        if number > 16:
            stream = stream[:rng.randrange(len(stream))]
        with open(os.path.join(directory, f"{number}"), "wb") as file:
            file.write(bytes([how]) + header + info + stream)


main(sys.argv[1])
