/* Calls of the vsyscall page, answered in the fault that they make. */
#include "proc/vsyscall.h"

#include <asm-generic/siginfo.h>
#include <linux/time.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/errno.h"
#include "proc/signal.h"
#include "proc/time.h"

#define SLOT_BYTES 1024u /* the calls lie so far apart */

/* Time zones are as in the vDSO: always zero. */
static int64_t vsyscall_gettimeofday(uaddr_t time, uaddr_t zone)
{
	const struct timezone none = {0};
	int error = time ? timeval_to_user(time, clock_realtime_ns()) : 0;

	return error || !zone ? error : copy_to_user(zone, &none, sizeof(none));
}

static int64_t vsyscall_time(uaddr_t seconds)
{
	uint64_t now = clock_realtime_ns() / NS_PER_SEC;

	return seconds && put_user_u64(seconds, now) ? -EFAULT : (int64_t)now;
}

static int64_t vsyscall_getcpu(uaddr_t cpu, uaddr_t node)
{
	if (cpu && put_user_u32(cpu, this_cpu()->id))
		return -EFAULT;
	return node ? put_user_u32(node, 0) : 0;
}

bool vsyscall_answer(struct trapframe *frame, uint64_t address)
{
	uint64_t back, slot = (address - VSYSCALL_PAGE) / SLOT_BYTES;
	int64_t result;

	if (frame->rip != address || address % SLOT_BYTES || slot > 2)
		return false;
	if (get_user_u64(&back, frame->rsp))
		return false;
	if (slot == 0)
		result = vsyscall_gettimeofday(frame->rdi, frame->rsi);
	else
		result = slot == 1 ? vsyscall_time(frame->rdi) : vsyscall_getcpu(frame->rdi, frame->rsi);
	if (result == -EFAULT)
		return false;
	frame->rax = (uint64_t)result;
	frame->rip = back;
	frame->rsp += sizeof(back);
	return true;
}
