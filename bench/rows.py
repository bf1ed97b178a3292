"""The rows of the benchmark and what each must reach.

A row's ratio says how many times faster Namu is; `wall` and `icount` are the least ratios asked for, by wall clock and
by instruction count. A control never enters the kernel and has to be equal on both sides.
"""

CONTROLS = ("ctl_loop", "ctl_mem", "ctl_loop_end")
CONTROL_LIMIT = 0.05  # relative difference above which a round is thrown away

WALL_TARGET = 2.0
# Where two times is out of reach, as what no kernel can leave out takes more than half of Linux's time: the RDTSC and
# the two calls on the way to it; the clearing of 2 MiB at once, nine tenths of Linux's instructions there.
# Servers spend most of their time in themselves; their fork is to be short.
SERVER_ROWS = (
    *("redis_set_p1", "redis_set_p16", "redis_get_p1", "redis_get_p16", "redis_write_5000", "redis_cow_5000"),
    *("pgbench_select", "pgbench_select_connect", "pgbench_write"),
    *("nginx_wrk", "nginx_wrk_1m", "nginx_wrk_proxy", "nginx_ab_close"),
)
SERVER_TARGETS = {row: 1.0 for row in SERVER_ROWS}
WALL_TARGETS = {"clock_read": 1.2, "fault_anon_thp": 1.0, "redis_fork_256m": 10.0, **SERVER_TARGETS}
ICOUNT_TARGETS = {"fork_exit": 4.0, "fork_exec": 4.0}

ROWS = (
    "ctl_loop",
    "ctl_mem",
    "null_syscall",
    "getpid",
    "clock_read",
    "sig_install",
    "sig_self",
    "sig_rtt",
    "fork_exit",
    "fork_exit_1m",
    "fork_exit_16m",
    "fork_exit_64m",
    "fork_exit_256m",
    "fork_exit_16m_4k",
    "fork_exit_64m_4k",
    "fork_exit_256m_4k",
    "fork_dirty_64m_4k",
    "fork_exec",
    "vfork_exec",
    "posix_spawn",
    "pipe_rtt",
    "epoll_rtt",
    "ring_2",
    "ring_16",
    "ring_64",
    "pipe_self",
    "pipe_bw",
    "yield_switch",
    "futex_thread_rtt",
    "futex_process_rtt",
    "unix_rtt",
    "unix_dgram_rtt",
    "unix_packet_rtt",
    "unix_bw",
    "unix_rights",
    "unix_connect",
    "tcp_rtt",
    "udp_rtt",
    "tcp_bw",
    "tcp_connect",
    "fifo_rtt",
    "eventfd_rtt",
    "mq_rtt",
    "msg_rtt",
    "sem_rtt",
    "buffer_item",
    "lock_handover",
    "sendfile_bw",
    "splice_bw",
    "fault_anon",
    "fault_anon_thp",
    "fault_cow",
    "fault_file",
    "mmap_64k",
    "mmap_touch_64k",
    "mprotect_64k",
    "open_close",
    "stat",
    "read_4k",
    "create_unlink",
    "sleep_late",
    "timer_late",
    "thread_create",
    "hackbench_process",
    "hackbench_thread",
    "ctl_loop_end",
)

# With several processors: what is measured with how many. By wall clock alone, as icount has one thread for all.
PAIR_ROWS = ("pipe_rtt", "epoll_rtt", "futex_thread_rtt", "futex_process_rtt", "sig_rtt", "fork_exit", "thread_create")
SCALING_ROWS = (
    "fork_by_1",
    "fork_by_2",
    "fork_by_4",
    "fault_by_1",
    "fault_by_2",
    "fault_by_4",
    "fault_threads_2",
    "fault_threads_4",
)
SEVERAL = {
    2: (*PAIR_ROWS, "hackbench_process", "hackbench_thread"),
    4: (*PAIR_ROWS, *SCALING_ROWS),
}
KNOWN = frozenset((*ROWS, *SCALING_ROWS))


def target(row, mode):
    """The least ratio asked of a row in a mode ("wall", "icount" or "several"), or None."""
    if row in CONTROLS or mode == "several":
        return None
    return WALL_TARGETS.get(row, WALL_TARGET) if mode == "wall" else ICOUNT_TARGETS.get(row)


def ratio(linux, namu, unit):
    """How many times faster Namu is."""
    if not linux or not namu:
        return None
    return namu / linux if unit.endswith("/s") else linux / namu
