/* The calls of errors_threads.c: a name and an expression each. */
#ifndef ERRORS_THREADS_ROWS_H
#define ERRORS_THREADS_ROWS_H

/* clang-format off */
#define ROWS(ROW) \
	ROW("futex wait, another value", futex(&word, 0, 1, 0, 0, 0)) \
	ROW("futex wait, a time that is over", futex(&word, 0, 0, &soon, 0, 0)) \
	ROW("futex wait, a bad time", futex(&word, 0, 0, &bad_ns, 0, 0)) \
	ROW("futex wait, a negative time", futex(&word, 0, 0, &negative, 0, 0)) \
	ROW("futex wait, a time nowhere", futex(&word, 0, 0, BAD, 0, 0)) \
	ROW("futex wait, nowhere", futex(BAD, 0, 0, &soon, 0, 0)) \
	ROW("futex wait, in the kernel", futex(KERNEL, 0, 0, &soon, 0, 0)) \
	ROW("futex wait, not aligned", futex((char *)&word + 1, 0, 0, &soon, 0, 0)) \
	ROW("futex wait, by real time", futex(&word, 0 | REALTIME, 0, &soon, 0, 0)) \
	ROW("futex wait, no bits", futex(&word, 9, 0, &soon, 0, 0)) \
	ROW("futex wait, bits, in the past", futex(&word, 9, 0, &soon, 0, 1)) \
	ROW("futex wait, bits, real time in the past", futex(&word, 9 | REALTIME, 0, &soon, 0, 1)) \
	ROW("futex wake", futex(&word, 1, 1, 0, 0, 0)) \
	ROW("futex wake, nobody", futex(&word, 1, 0, 0, 0, 0)) \
	ROW("futex wake, a negative number", futex(&word, 1, -1, 0, 0, 0)) \
	ROW("futex wake, nowhere", futex(BAD, 1, 1, 0, 0, 0)) \
	ROW("futex wake, private, nowhere", futex(BAD, 1 | PRIVATE, 1, 0, 0, 0)) \
	ROW("futex wake, not aligned", futex((char *)&word + 2, 1, 1, 0, 0, 0)) \
	ROW("futex wake, no bits", futex(&word, 10, 1, 0, 0, 0)) \
	ROW("futex wake, by real time", futex(&word, 1 | REALTIME, 1, 0, 0, 0)) \
	ROW("futex FD", futex(&word, 2, 1, 0, 0, 0)) \
	ROW("futex requeue", futex(&word, 3, 1, (void *)1, &word2, 0)) \
	ROW("futex requeue, to itself", futex(&word, 3, 1, (void *)1, &word, 0)) \
	ROW("futex requeue, to nowhere", futex(&word, 3, 1, (void *)1, BAD, 0)) \
	ROW("futex requeue, a negative number", futex(&word, 3, -1, (void *)1, &word2, 0)) \
	ROW("futex requeue, a negative number to move", futex(&word, 3, 1, (void *)-1, &word2, 0)) \
	ROW("futex cmp_requeue", futex(&word, 4, 1, (void *)1, &word2, 0)) \
	ROW("futex cmp_requeue, another value", futex(&word, 4, 1, (void *)1, &word2, 1)) \
	ROW("futex cmp_requeue, not aligned", futex(&word, 4, 1, (void *)1, (char *)&word2 + 1, 0)) \
	ROW("futex wake_op", futex(&word, 5, 1, (void *)1, &word2, 0)) \
	ROW("futex wake_op, no such operation", futex(&word, 5, 1, (void *)1, &word2, 7 << 28)) \
	ROW("futex wake_op, no such comparison", futex(&word, 5, 1, (void *)1, &word2, 7 << 24)) \
	ROW("futex wake_op, a word nowhere", futex(&word, 5, 1, (void *)1, BAD, 0)) \
	ROW("futex wake_op, memory to read", futex(&word, 5, 1, (void *)1, read_only, 0)) \
	ROW("futex lock_pi", futex(&word, 6, 0, 0, 0, 0)) \
	ROW("futex lock_pi, nowhere", futex(BAD, 6, 0, 0, 0, 0)) \
	ROW("futex lock_pi, memory to read", futex(read_only, 6, 0, 0, 0, 0)) \
	ROW("futex lock_pi, of nobody", futex(&of_nobody, 6, 0, 0, 0, 0)) \
	ROW("futex unlock_pi, not ours", futex(&word, 7, 0, 0, 0, 0)) \
	ROW("futex trylock_pi", futex(&word, 8, 0, 0, 0, 0)) \
	ROW("futex wait_requeue_pi, to itself", futex(&word, 11, 0, &soon, &word, 0)) \
	ROW("futex cmp_requeue_pi, to itself", futex(&word, 12, 1, (void *)1, &word, 0)) \
	ROW("futex cmp_requeue_pi, waking two", futex(&word, 12, 2, (void *)1, &word2, 0)) \
	ROW("futex lock_pi2, by real time", futex(&word, 13 | REALTIME, 0, 0, 0, 0)) \
	ROW("futex, no such operation", futex(&word, 14, 0, 0, 0, 0)) \
	ROW("futex, no such flag", futex(&word, 1024, 1, 0, 0, 0)) \
	ROW("futex_waitv, none", raw(SYS_futex_waitv, vector, 0, 0, 0, 0)) \
	ROW("futex_waitv, too many", raw(SYS_futex_waitv, vector, 129, 0, 0, 0)) \
	ROW("futex_waitv, flags", raw(SYS_futex_waitv, vector, 1, 1, 0, 0)) \
	ROW("futex_waitv, nowhere", raw(SYS_futex_waitv, BAD, 1, 0, 0, 0)) \
	ROW("futex_waitv, no size", raw(SYS_futex_waitv, zeros, 1, 0, 0, 0)) \
	ROW("set_robust_list, a size", raw(SYS_set_robust_list, zeros, 23)) \
	ROW("set_robust_list, nowhere", raw(SYS_set_robust_list, BAD, 24)) \
	ROW("get_robust_list, of nobody", raw(SYS_get_robust_list, NOBODY, zeros, zeros)) \
	ROW("get_robust_list, to nowhere", raw(SYS_get_robust_list, 0, BAD, BAD)) \
	ROW("clone, sighand without memory", cloned(CLONE_SIGHAND)) \
	ROW("clone, thread without sighand", cloned(CLONE_THREAD | CLONE_VM)) \
	ROW("clone, a new tree and a shared one", cloned(CLONE_NEWNS | CLONE_FS)) \
	ROW("clone, pidfd of a thread", cloned(CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) \
	ROW("clone, pidfd and detached", cloned(CLONE_PIDFD | CLONE_DETACHED)) \
	ROW("clone, pidfd to nowhere", raw(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, BAD, 0, 0)) \
	ROW("clone, pidfd and tid at one place", raw(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID, 0, zeros, 0, 0)) \
	ROW("clone, no such signal", reaped(cloned(100))) \
	ROW("clone, the tid to nowhere", reaped(clone_child(raw(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, BAD, 0, 0)))) \
	ROW("clone, TLS in the kernel", reaped(clone_child(raw(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, KERNEL)))) \
	ROW("clone3, no size", raw(SYS_clone3, zeros, 0)) \
	ROW("clone3, a short one", raw(SYS_clone3, zeros, 63)) \
	ROW("clone3, a large one", raw(SYS_clone3, zeros, 4097)) \
	ROW("clone3, nowhere", raw(SYS_clone3, BAD, 64)) \
	ROW("clone3, a field not known", clone_with(11, 1, 96)) \
	ROW("clone3, a signal in the flags", clone_with(0, SIGCHLD, 88)) \
	ROW("clone3, detached", clone_with(0, CLONE_DETACHED, 88)) \
	ROW("clone3, no such signal", clone_with(4, 65, 88)) \
	ROW("clone3, a stack without a size", clone_with(5, 4096, 88)) \
	ROW("clone3, a size without a stack", clone_with(6, 4096, 88)) \
	ROW("clone3, too many tids", clone_with(9, 33, 88)) \
	ROW("clone3, tids without a number", clone_with(8, (long)zeros, 88)) \
	ROW("clone3, two ways with handlers", clone_with(0, 0x100000000 | CLONE_SIGHAND | CLONE_VM, 88)) \
	ROW("clone3, a control group nowhere", clone_with(10, 1l << 32, 88)) \
	ROW("unshare, no such flag", raw(SYS_unshare, 1)) \
	ROW("unshare, threads alone", raw(SYS_unshare, CLONE_THREAD)) \
	ROW("setns, no descriptor", raw(SYS_setns, -1, 0)) \
	ROW("setns, of something else", raw(SYS_setns, 0, 0)) \
	ROW("kill, no such signal", raw(SYS_kill, raw(SYS_getpid), 65)) \
	ROW("kill, a negative one", raw(SYS_kill, raw(SYS_getpid), -1)) \
	ROW("kill, nobody", raw(SYS_kill, NOBODY, 0)) \
	ROW("kill, no group", raw(SYS_kill, -NOBODY, 0)) \
	ROW("kill, the smallest number", raw(SYS_kill, (int)0x80000000, 0)) \
	ROW("tkill, zero", raw(SYS_tkill, 0, 0)) \
	ROW("tkill, nobody", raw(SYS_tkill, NOBODY, 0)) \
	ROW("tgkill, another process", raw(SYS_tgkill, 1, raw(SYS_gettid), 0)) \
	ROW("tgkill, zero", raw(SYS_tgkill, 0, raw(SYS_gettid), 0)) \
	ROW("tgkill, no such signal", raw(SYS_tgkill, raw(SYS_getpid), raw(SYS_gettid), 65)) \
	ROW("rt_sigaction, SIGKILL", raw(SYS_rt_sigaction, SIGKILL, zeros, 0, 8)) \
	ROW("rt_sigaction, SIGKILL, to ask", raw(SYS_rt_sigaction, SIGKILL, 0, zeros, 8)) \
	ROW("rt_sigaction, zero", raw(SYS_rt_sigaction, 0, 0, 0, 8)) \
	ROW("rt_sigaction, 65", raw(SYS_rt_sigaction, 65, 0, 0, 8)) \
	ROW("rt_sigaction, a size", raw(SYS_rt_sigaction, SIGUSR1, 0, 0, 4)) \
	ROW("rt_sigaction, from nowhere", raw(SYS_rt_sigaction, SIGUSR1, BAD, 0, 8)) \
	ROW("rt_sigaction, to nowhere", raw(SYS_rt_sigaction, SIGUSR1, 0, BAD, 8)) \
	ROW("rt_sigprocmask, how", raw(SYS_rt_sigprocmask, 3, zeros, 0, 8)) \
	ROW("rt_sigprocmask, how, of nothing", raw(SYS_rt_sigprocmask, 3, 0, zeros, 8)) \
	ROW("rt_sigprocmask, a size", raw(SYS_rt_sigprocmask, 0, zeros, 0, 16)) \
	ROW("rt_sigprocmask, from nowhere", raw(SYS_rt_sigprocmask, 0, BAD, 0, 8)) \
	ROW("rt_sigpending, a size", raw(SYS_rt_sigpending, zeros, 9)) \
	ROW("rt_sigpending, a smaller one", raw(SYS_rt_sigpending, zeros, 4)) \
	ROW("rt_sigpending, to nowhere", raw(SYS_rt_sigpending, BAD, 8)) \
	ROW("rt_sigtimedwait, a time that is over", raw(SYS_rt_sigtimedwait, zeros, 0, &none, 8)) \
	ROW("rt_sigtimedwait, a bad time", raw(SYS_rt_sigtimedwait, zeros, 0, &bad_ns, 8)) \
	ROW("rt_sigtimedwait, a size", raw(SYS_rt_sigtimedwait, zeros, 0, &none, 4)) \
	ROW("rt_sigtimedwait, nowhere", raw(SYS_rt_sigtimedwait, BAD, 0, &none, 8)) \
	ROW("rt_sigsuspend, a size", raw(SYS_rt_sigsuspend, zeros, 4)) \
	ROW("rt_sigsuspend, nowhere", raw(SYS_rt_sigsuspend, BAD, 8)) \
	ROW("rt_sigqueueinfo, nowhere", raw(SYS_rt_sigqueueinfo, raw(SYS_getpid), SIGUSR1, BAD)) \
	ROW("rt_sigqueueinfo, of the kernel's, to another", raw(SYS_rt_sigqueueinfo, 1, 0, zeros)) \
	ROW("rt_sigqueueinfo, nobody", raw(SYS_rt_sigqueueinfo, NOBODY, 0, queue_info())) \
	ROW("rt_tgsigqueueinfo, zero", raw(SYS_rt_tgsigqueueinfo, 0, 0, 0, queue_info())) \
	ROW("sigaltstack, too small", stack_of(0, 2047)) \
	ROW("sigaltstack, flags", stack_of(4, 65536)) \
	ROW("sigaltstack, off", stack_of(2, 0)) \
	ROW("sigaltstack, from nowhere", raw(SYS_sigaltstack, BAD, 0)) \
	ROW("sigaltstack, to nowhere", raw(SYS_sigaltstack, 0, BAD)) \
	ROW("sched_setscheduler, no such policy", policy(77, 0)) \
	ROW("sched_setscheduler, a negative policy", policy(-1, 0)) \
	ROW("sched_setscheduler, other with a level", policy(0, 1)) \
	ROW("sched_setscheduler, fifo without one", policy(1, 0)) \
	ROW("sched_setscheduler, fifo of 100", policy(1, 100)) \
	ROW("sched_setscheduler, fifo of 1", policy(1, 1)) \
	ROW("sched_setscheduler, batch", policy(3, 0)) \
	ROW("sched_setscheduler, idle", policy(5, 0)) \
	ROW("sched_setscheduler, nobody", raw(SYS_sched_setscheduler, NOBODY, 0, zeros)) \
	ROW("sched_setscheduler, a negative pid", raw(SYS_sched_setscheduler, -1, 0, zeros)) \
	ROW("sched_setscheduler, from nowhere", raw(SYS_sched_setscheduler, 0, 0, BAD)) \
	ROW("sched_setscheduler, from nothing", raw(SYS_sched_setscheduler, 0, 0, 0)) \
	ROW("sched_setparam, a level", raw(SYS_sched_setparam, 0, ones)) \
	ROW("sched_getparam, to nothing", raw(SYS_sched_getparam, 0, 0)) \
	ROW("sched_getparam, to nowhere", raw(SYS_sched_getparam, 0, BAD)) \
	ROW("sched_getparam, a negative pid", raw(SYS_sched_getparam, -1, zeros)) \
	ROW("sched_getscheduler, a negative pid", raw(SYS_sched_getscheduler, -1)) \
	ROW("sched_getscheduler, nobody", raw(SYS_sched_getscheduler, NOBODY)) \
	ROW("sched_get_priority_max, no such policy", raw(SYS_sched_get_priority_max, 77)) \
	ROW("sched_get_priority_min, no such policy", raw(SYS_sched_get_priority_min, -1)) \
	ROW("sched_rr_get_interval, nobody", raw(SYS_sched_rr_get_interval, NOBODY, zeros)) \
	ROW("sched_rr_get_interval, a negative pid", raw(SYS_sched_rr_get_interval, -1, zeros)) \
	ROW("sched_rr_get_interval, to nowhere", raw(SYS_sched_rr_get_interval, 0, BAD)) \
	ROW("sched_setaffinity, no processor", raw(SYS_sched_setaffinity, 0, 8, zeros)) \
	ROW("sched_setaffinity, no bytes", raw(SYS_sched_setaffinity, 0, 0, ones)) \
	ROW("sched_setaffinity, from nowhere", raw(SYS_sched_setaffinity, 0, 8, BAD)) \
	ROW("sched_setaffinity, nobody", raw(SYS_sched_setaffinity, NOBODY, 8, ones)) \
	ROW("sched_getaffinity, too little room", raw(SYS_sched_getaffinity, 0, 0, buffer)) \
	ROW("sched_getaffinity, an odd size", raw(SYS_sched_getaffinity, 0, 1025, buffer)) \
	ROW("sched_getaffinity, to nowhere", raw(SYS_sched_getaffinity, 0, 1024, BAD)) \
	ROW("sched_getaffinity, nobody", raw(SYS_sched_getaffinity, NOBODY, 1024, buffer)) \
	ROW("sched_setattr, nothing", raw(SYS_sched_setattr, 0, 0, 0)) \
	ROW("sched_setattr, flags", raw(SYS_sched_setattr, 0, zeros, 1)) \
	ROW("sched_setattr, a size", raw(SYS_sched_setattr, 0, ones, 0)) \
	ROW("sched_setattr, a negative pid", raw(SYS_sched_setattr, -1, zeros, 0)) \
	ROW("sched_getattr, too little room", raw(SYS_sched_getattr, 0, buffer, 47, 0)) \
	ROW("sched_getattr, a page and more", raw(SYS_sched_getattr, 0, buffer, 4097, 0)) \
	ROW("sched_getattr, flags", raw(SYS_sched_getattr, 0, buffer, 48, 1)) \
	ROW("sched_getattr, nobody", raw(SYS_sched_getattr, NOBODY, buffer, 48, 0)) \
	ROW("setpriority, which", raw(SYS_setpriority, 3, 0, 0)) \
	ROW("setpriority, nobody", raw(SYS_setpriority, 0, NOBODY, 0)) \
	ROW("setpriority, higher", raw(SYS_setpriority, 0, 0, -5)) \
	ROW("setpriority, of the first process", raw(SYS_setpriority, 0, 1, 19) ? -EPERM : raw(SYS_setpriority, 0, 1, 0)) \
	ROW("getpriority, which", raw(SYS_getpriority, -1, 0)) \
	ROW("getpriority, nobody", raw(SYS_getpriority, 0, NOBODY)) \
	ROW("clock_gettime, no such clock", raw(SYS_clock_gettime, 99, buffer)) \
	ROW("clock_gettime, to nowhere", raw(SYS_clock_gettime, 0, BAD)) \
	ROW("clock_gettime, of nobody", raw(SYS_clock_gettime, -8 * (NOBODY + 1) + 2, buffer)) \
	ROW("clock_getres, no such clock", raw(SYS_clock_getres, 99, buffer)) \
	ROW("clock_getres, to nothing", raw(SYS_clock_getres, 0, 0)) \
	ROW("clock_settime, monotonic", raw(SYS_clock_settime, 1, &soon)) \
	ROW("clock_settime, a bad time", raw(SYS_clock_settime, 0, &bad_ns)) \
	ROW("clock_settime, from nowhere", raw(SYS_clock_settime, 0, BAD)) \
	ROW("clock_settime, of a processor", raw(SYS_clock_settime, 2, &soon)) \
	ROW("clock_nanosleep, no such clock", raw(SYS_clock_nanosleep, 99, 0, &soon, 0)) \
	ROW("clock_nanosleep, this thread's time", raw(SYS_clock_nanosleep, 3, 0, &soon, 0)) \
	ROW("clock_nanosleep, coarse", raw(SYS_clock_nanosleep, 6, 0, &soon, 0)) \
	ROW("clock_nanosleep, raw", raw(SYS_clock_nanosleep, 4, 0, &soon, 0)) \
	ROW("clock_nanosleep, a bad time", raw(SYS_clock_nanosleep, 1, 0, &bad_ns, 0)) \
	ROW("clock_nanosleep, a negative time", raw(SYS_clock_nanosleep, 1, 1, &negative, 0)) \
	ROW("clock_nanosleep, flags", raw(SYS_clock_nanosleep, 1, 2, &soon, 0)) \
	ROW("clock_nanosleep, nowhere", raw(SYS_clock_nanosleep, 1, 0, BAD, 0)) \
	ROW("nanosleep, a bad time", raw(SYS_nanosleep, &bad_ns, 0)) \
	ROW("timer_create, no such clock", raw(SYS_timer_create, 99, 0, buffer)) \
	ROW("timer_create, coarse", raw(SYS_timer_create, 5, 0, buffer)) \
	ROW("timer_create, to nowhere", raw(SYS_timer_create, 1, 0, BAD)) \
	ROW("timer_create, from nowhere", raw(SYS_timer_create, 1, BAD, buffer)) \
	ROW("timer_create, no such signal", timer_of(65, 0, 0)) \
	ROW("timer_create, signal 0", timer_of(0, 0, 0)) \
	ROW("timer_create, signal 0, none", timer_of(0, 1, 0)) \
	ROW("timer_create, no such way", timer_of(SIGUSR1, 3, 0)) \
	ROW("timer_create, a thread of another", timer_of(SIGUSR1, 4, 1)) \
	ROW("timer_create, no thread", timer_of(SIGUSR1, 4, NOBODY)) \
	ROW("timer_settime, no timer", raw(SYS_timer_settime, 99, 0, zeros, 0)) \
	ROW("timer_settime, from nothing", raw(SYS_timer_settime, 99, 0, 0, 0)) \
	ROW("timer_settime, from nowhere", raw(SYS_timer_settime, 99, 0, BAD, 0)) \
	ROW("timer_gettime, no timer", raw(SYS_timer_gettime, 99, buffer)) \
	ROW("timer_getoverrun, no timer", raw(SYS_timer_getoverrun, 99)) \
	ROW("timer_delete, no timer", raw(SYS_timer_delete, 99)) \
	ROW("setitimer, which", raw(SYS_setitimer, 3, zeros, 0)) \
	ROW("setitimer, from nowhere", raw(SYS_setitimer, 0, BAD, 0)) \
	ROW("setitimer, a bad time", raw(SYS_setitimer, 0, ones, 0)) \
	ROW("getitimer, which", raw(SYS_getitimer, -1, buffer)) \
	ROW("getitimer, to nowhere", raw(SYS_getitimer, 0, BAD)) \
	ROW("poll, nowhere", raw(SYS_poll, BAD, 1, 0)) \
	ROW("poll, too many", raw(SYS_poll, buffer, 1 << 21, 0)) \
	ROW("ppoll, a bad time", raw(SYS_ppoll, 0, 0, &bad_ns, 0, 8)) \
	ROW("ppoll, a size", raw(SYS_ppoll, 0, 0, &none, zeros, 4)) \
	ROW("ppoll, a mask nowhere", raw(SYS_ppoll, 0, 0, &none, BAD, 8)) \
	ROW("select, a negative number", raw(SYS_select, -1, 0, 0, 0, zeros)) \
	ROW("select, nowhere", raw(SYS_select, 1, BAD, 0, 0, zeros)) \
	ROW("select, not open", raw(SYS_select, 64, high_bits, 0, 0, zeros)) \
	ROW("select, a negative time", raw(SYS_select, 0, 0, 0, 0, ones)) \
	ROW("pselect6, a bad time", raw(SYS_pselect6, 0, 0, 0, 0, &bad_ns, 0)) \
	ROW("pselect6, a mask nowhere", raw(SYS_pselect6, 0, 0, 0, 0, &none, BAD)) \
	ROW("epoll_create, none", raw(SYS_epoll_create, 0)) \
	ROW("epoll_create1, flags", raw(SYS_epoll_create1, 1)) \
	ROW("epoll_ctl, no descriptor", raw(SYS_epoll_ctl, -1, 1, 0, zeros)) \
	ROW("epoll_ctl, no epoll", raw(SYS_epoll_ctl, 0, 1, pipe_end(), zeros)) \
	ROW("epoll_ctl, itself", with_epoll(1, 0)) \
	ROW("epoll_ctl, a file", with_epoll(1, 1)) \
	ROW("epoll_ctl, not there", with_epoll(2, 2)) \
	ROW("epoll_ctl, not there to change", with_epoll(3, 2)) \
	ROW("epoll_ctl, no such operation", with_epoll(4, 2)) \
	ROW("epoll_ctl, nothing open", with_epoll(1, 3)) \
	ROW("epoll_wait, none", raw(SYS_epoll_wait, raw(SYS_epoll_create1, 0), buffer, 0, 0)) \
	ROW("epoll_wait, nowhere", raw(SYS_epoll_wait, raw(SYS_epoll_create1, 0), KERNEL, 1, 0)) \
	ROW("epoll_wait, no epoll", raw(SYS_epoll_wait, pipe_end(), buffer, 1, 0)) \
	ROW("epoll_pwait, a size", raw(SYS_epoll_pwait, raw(SYS_epoll_create1, 0), buffer, 1, 0, zeros, 4)) \
	ROW("epoll_pwait2, a bad time", raw(SYS_epoll_pwait2, raw(SYS_epoll_create1, 0), buffer, 1, &bad_ns, 0, 8)) \
	ROW("eventfd2, flags", raw(SYS_eventfd2, 0, 4)) \
	ROW("eventfd, a read of four bytes", raw(SYS_read, raw(SYS_eventfd2, 1, 0), buffer, 4)) \
	ROW("eventfd, a write of the largest", raw(SYS_write, raw(SYS_eventfd2, 0, 0), minus, 8)) \
	ROW("eventfd, a read that would wait", raw(SYS_read, raw(SYS_eventfd2, 0, O_NONBLOCK), buffer, 8)) \
	ROW("signalfd4, a size", raw(SYS_signalfd4, -1, zeros, 4, 0)) \
	ROW("signalfd4, flags", raw(SYS_signalfd4, -1, zeros, 8, 1)) \
	ROW("signalfd4, nowhere", raw(SYS_signalfd4, -1, BAD, 8, 0)) \
	ROW("signalfd4, of something else", raw(SYS_signalfd4, 0, zeros, 8, 0)) \
	ROW("signalfd4, no descriptor", raw(SYS_signalfd4, 99, zeros, 8, 0)) \
	ROW("timerfd_create, no such clock", raw(SYS_timerfd_create, 2, 0)) \
	ROW("timerfd_create, flags", raw(SYS_timerfd_create, 1, 1)) \
	ROW("timerfd_settime, of something else", raw(SYS_timerfd_settime, 0, 0, zeros, 0)) \
	ROW("timerfd_settime, flags", raw(SYS_timerfd_settime, raw(SYS_timerfd_create, 1, 0), 4, zeros, 0)) \
	ROW("timerfd_settime, a bad time", raw(SYS_timerfd_settime, raw(SYS_timerfd_create, 1, 0), 0, bad_interval, 0)) \
	ROW("timerfd_settime, nowhere", raw(SYS_timerfd_settime, raw(SYS_timerfd_create, 1, 0), 0, BAD, 0)) \
	ROW("timerfd_gettime, of something else", raw(SYS_timerfd_gettime, 0, buffer)) \
	ROW("pidfd_open, zero", raw(SYS_pidfd_open, 0, 0)) \
	ROW("pidfd_open, negative", raw(SYS_pidfd_open, -1, 0)) \
	ROW("pidfd_open, nobody", raw(SYS_pidfd_open, NOBODY, 0)) \
	ROW("pidfd_open, flags", raw(SYS_pidfd_open, raw(SYS_getpid), 1)) \
	ROW("pidfd_send_signal, of something else", raw(SYS_pidfd_send_signal, 0, 0, 0, 0)) \
	ROW("pidfd_send_signal, no such signal", raw(SYS_pidfd_send_signal, own_pidfd(), 65, 0, 0)) \
	ROW("pidfd_send_signal, flags", raw(SYS_pidfd_send_signal, own_pidfd(), 0, 0, 1 << 20)) \
	ROW("pidfd_send_signal, another's number", raw(SYS_pidfd_send_signal, own_pidfd(), SIGUSR1, zeros, 0)) \
	ROW("pidfd_getfd, no descriptor", raw(SYS_pidfd_getfd, -1, 0, 0)) \
	ROW("pidfd_getfd, not open", raw(SYS_pidfd_getfd, own_pidfd(), 999, 0)) \
	ROW("pidfd_getfd, flags", raw(SYS_pidfd_getfd, own_pidfd(), 0, 1)) \
	ROW("inotify_init1, flags", raw(SYS_inotify_init1, 1)) \
	ROW("inotify_add_watch, nothing", watch(".", 0)) \
	ROW("inotify_add_watch, no such file", watch("none", 2)) \
	ROW("inotify_add_watch, nowhere", watch(BAD, 2)) \
	ROW("inotify_add_watch, adding and only new", watch(".", 0x30000002)) \
	ROW("inotify_add_watch, of something else", raw(SYS_inotify_add_watch, 0, ".", 2)) \
	ROW("inotify_rm_watch, none", raw(SYS_inotify_rm_watch, raw(SYS_inotify_init1, 0), 1)) \
	ROW("inotify_rm_watch, of something else", raw(SYS_inotify_rm_watch, 0, 1)) \
	ROW("ptrace, nobody", raw(SYS_ptrace, 16, NOBODY, 0, 0)) \
	ROW("ptrace, itself", raw(SYS_ptrace, 16, raw(SYS_getpid), 0, 0)) \
	ROW("ptrace, not traced", raw(SYS_ptrace, 7, 1, 0, 0)) \
	ROW("ptrace, no such request", raw(SYS_ptrace, 99, 1, 0, 0)) \
	ROW("ptrace, seize with an address", raw(SYS_ptrace, 0x4206, 1, 1, 0)) \
	ROW("process_vm_readv, nobody", raw(SYS_process_vm_readv, NOBODY, iov, 1, iov, 1, 0)) \
	ROW("process_vm_readv, flags", raw(SYS_process_vm_readv, raw(SYS_getpid), iov, 1, iov, 1, 1)) \
	ROW("process_vm_readv, too many parts", raw(SYS_process_vm_readv, raw(SYS_getpid), iov, 1025, iov, 1, 0)) \
	ROW("process_vm_readv, parts nowhere", raw(SYS_process_vm_readv, raw(SYS_getpid), iov, 1, BAD, 1, 0)) \
	ROW("process_vm_readv, from nowhere", raw(SYS_process_vm_readv, raw(SYS_getpid), iov, 1, iov_bad, 1, 0)) \
	ROW("process_vm_writev, to nowhere", raw(SYS_process_vm_writev, raw(SYS_getpid), iov, 1, iov_bad, 1, 0)) \
	ROW("process_vm_writev, the parent", raw(SYS_process_vm_writev, raw(SYS_getppid), iov, 1, iov_bad, 1, 0)) \
	ROW("wait4, nobody", raw(SYS_wait4, -1, 0, 0, 0)) \
	ROW("wait4, options", raw(SYS_wait4, -1, 0, 64, 0)) \
	ROW("wait4, the smallest number", raw(SYS_wait4, (int)0x80000000, 0, 0, 0)) \
	ROW("waitid, no option", raw(SYS_waitid, 0, 0, buffer, 0, 0)) \
	ROW("waitid, which", raw(SYS_waitid, 9, 0, buffer, 4, 0)) \
	ROW("waitid, a negative pid", raw(SYS_waitid, 1, -1, buffer, 4, 0)) \
	ROW("waitid, no pidfd", raw(SYS_waitid, 3, 0, buffer, 4, 0)) \
	ROW("set_tid_address", one(raw(SYS_set_tid_address, BAD))) \
	ROW("membarrier, flags", raw(SYS_membarrier, 0, 2, 0)) \
	ROW("membarrier, no such command", raw(SYS_membarrier, 1 << 20, 0, 0)) \
	ROW("membarrier, not registered", raw(SYS_membarrier, 8, 0, 0)) \
	ROW("kcmp, nobody", raw(SYS_kcmp, NOBODY, raw(SYS_getpid), 0, 0, 0)) \
	ROW("kcmp, no such kind", raw(SYS_kcmp, raw(SYS_getpid), raw(SYS_getpid), 99, 0, 0)) \
	ROW("kcmp, not open", raw(SYS_kcmp, raw(SYS_getpid), raw(SYS_getpid), 0, 999, 0))
/* clang-format on */

#endif
