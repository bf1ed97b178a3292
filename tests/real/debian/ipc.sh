# util-linux's and python's view of interprocess communication. Keys are random, times are not compared.
keys='s/0x[0-9a-f]{8}/KEY/g'
times='s/[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} */TIME/; s/(lpid|cpid)=[0-9]+/\1=PID/g'

show() {
	ipcs | sed -E "$keys"
	ipcs -u
	lsipc -m -o KEY,ID,PERMS,SIZE,NATTCH,OWNER | sed -E "$keys"
	lsipc -s -o KEY,ID,PERMS,NSEMS,OWNER | sed -E "$keys"
	lsipc -q -o KEY,ID,PERMS,MSGS,USEDBYTES,OWNER | sed -E "$keys"
}

ipcs -l
lsipc
ipcmk -M 8192 -p 0640
ipcmk -M 1 -p 0600
ipcmk -S 3
ipcmk -S 32001
ipcmk -Q -p 0666
show
for kind in m s q; do
	ipcs -$kind -i 0 | sed -E "$times"
	ipcs -$kind -i 5 2>&1
done
ipcs -c
ipcrm -m 1
ipcrm -s 0 -q 0
ipcrm -m 77
ipcrm -Q 0x12345
show
ipcmk -M 100
ipcrm --all
show
cat /proc/sysvipc/*
cd /proc/sys/kernel && grep . sem shmmax shmall shmmni shm_rmid_forced msgmax msgmnb msgmni *_next_id
cd /proc/sys/fs/mqueue && grep . *
cd /

# A python program attaches a segment and looks at its own maps.
python3 - <<'END'
import ctypes, os, re
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
id = libc.shmget(0x4e616d75, 10000, 0o1666)
at = libc.shmat(id, None, 0)
ctypes.memmove(at, b"hello", 5)
print([re.sub("^.* ", "", line.strip().replace(" (deleted)", "_deleted")) for line in open("/proc/self/maps") if "SYSV" in line])
if os.fork() == 0:
    print(ctypes.string_at(at, 5))
    os._exit(0)
os.wait()
os.system("ipcs -m | awk '/4e616d75/ { print $5, $6 }'")
print(libc.shmdt(ctypes.c_void_p(at)), libc.shmctl(id, 0, None))
END

python3 - <<'END'
from multiprocessing import shared_memory, Process, Semaphore, Lock, Value

def poke(name):
    t = shared_memory.SharedMemory(name=name)
    t.buf[0] = 42
    t.close()

def add(value, lock):
    for _ in range(500):
        with lock:
            value.value += 1

def main():
    s = shared_memory.SharedMemory(create=True, size=100)
    p = Process(target=poke, args=(s.name,))
    p.start()
    p.join()
    print(s.buf[0], p.exitcode)
    s.close()
    s.unlink()
    l = shared_memory.ShareableList([1, "two", 3.0, None, b"five"])
    print(list(l))
    l.shm.close()
    l.shm.unlink()
    value, lock = Value("i", 0, lock=False), Lock()
    ps = [Process(target=add, args=(value, lock)) for _ in range(4)]
    for p in ps: p.start()
    for p in ps: p.join()
    print(value.value)
    sem = Semaphore(2)
    print(sem.acquire(False), sem.acquire(False), sem.acquire(False))

main()
END
