/*
 * Restartable sequences: registration, what the kernel shows, and the way out of a sequence.
 */
#include <asm-generic/siginfo.h>
#include <asm/signal.h>
#include <linux/rseq.h>

#include "arch/x86_64/uaccess.h"
#include "proc/rseq.h"
#include "proc/signal.h"
#include "sched/sched.h"

/* Of the first struct rseq, before its size was told to programs. */
#define FIRST_BYTES 32

/* Offsets of what newer programs find behind the first fields: their header is younger than ours. */
#define NODE_AT 20
#define CID_AT  24

static int show(uaddr_t area, uint32_t start, uint32_t cpu, uint32_t cid)
{
	if (put_user_u32(area + offsetof(struct rseq, cpu_id_start), start) ||
	    put_user_u32(area + offsetof(struct rseq, cpu_id), cpu) || put_user_u32(area + NODE_AT, 0) ||
	    put_user_u32(area + CID_AT, cid))
		return -EFAULT;
	return 0;
}

/* What is shown is noted first: if the thread is moved while it writes, the switch finds the difference. */
static int show_place(struct thread *thread, uaddr_t area)
{
	uint32_t cpu = this_cpu()->id;

	thread->rseq_cpu = (uint8_t)cpu;
	thread->rseq_cid = thread->cid;
	return show(area, cpu, cpu, thread->rseq_cid);
}

static int unregister(struct thread_proc *self, uaddr_t area, uint32_t bytes, uint32_t signature)
{
	if (!area || self->rseq != area || self->rseq_bytes != bytes)
		return -EINVAL;
	if (self->rseq_signature != signature)
		return -EPERM;
	if (show(area, 0, (uint32_t)RSEQ_CPU_ID_UNINITIALIZED, 0))
		return -EFAULT;
	rseq_forget();
	return 0;
}

int rseq_call(uaddr_t area, uint32_t bytes, uint32_t flags, uint32_t signature)
{
	struct thread_proc *self = current_proc();

	if (flags == RSEQ_FLAG_UNREGISTER)
		return unregister(self, area, bytes, signature);
	if (flags)
		return -EINVAL;
	if (self->rseq) {
		if (self->rseq != area || self->rseq_bytes != bytes)
			return -EINVAL;
		return self->rseq_signature == signature ? -EBUSY : -EPERM;
	}
	if (bytes < FIRST_BYTES || area % RSEQ_ALIGN)
		return -EINVAL;
	if (!user_range_is_valid(area, bytes))
		return -EFAULT;
	if (!area)
		return -EFAULT;
	self->rseq = area;
	self->rseq_bytes = bytes;
	self->rseq_signature = signature;
	self->thread->rseq_cpu = UINT8_MAX;
	sched_sequences_set(&self->thread->space->concurrency_ids);
	/* Memory that cannot be written ends the thread on its way to user mode, as a switch would. */
	atomic_fetch_or_explicit(&self->thread->work, WORK_RSEQ, memory_order_relaxed);
	return 0;
}

void rseq_fork(struct thread *child, const struct thread *maker)
{
	const struct thread_proc *from = thread_proc(maker);
	struct thread_proc *to = thread_proc(child);

	if (!from->rseq)
		return;
	to->rseq = from->rseq;
	to->rseq_bytes = from->rseq_bytes;
	to->rseq_signature = from->rseq_signature;
	child->rseq_cpu = maker->rseq_cpu;
	child->rseq_cid = maker->rseq_cid;
	child->cids = &child->space->concurrency_ids;
	child->uses_rseq = true;
}

void rseq_forget(void)
{
	struct thread_proc *self = current_proc();

	if (!self->rseq)
		return;
	self->rseq = 0;
	sched_sequences_set(NULL);
}

static bool is_user_address(uint64_t address)
{
	return address < USER_SPACE_END;
}

/* The sequence that the program has entered. *is_in: there is one, and `rip` lies in it. 0, -EFAULT, -EINVAL. */
static int find_sequence(const struct thread_proc *self, uint64_t rip, struct rseq_cs *sequence, bool *is_in)
{
	uint64_t address;
	uint32_t signature;

	*is_in = false;
	if (get_user_u64(&address, self->rseq + offsetof(struct rseq, rseq_cs)))
		return -EFAULT;
	if (!address)
		return 0;
	if (copy_from_user(sequence, address, sizeof(*sequence)))
		return -EFAULT;
	uint64_t end = sequence->start_ip + sequence->post_commit_offset;
	if (!is_user_address(sequence->start_ip) || !is_user_address(end) || !is_user_address(sequence->abort_ip) ||
	    end < sequence->start_ip || sequence->version > 0)
		return -EINVAL;
	/* Within itself it could not be left. */
	if (sequence->abort_ip - sequence->start_ip < sequence->post_commit_offset)
		return -EINVAL;
	/* Only what the program itself has marked may be jumped to. */
	if (get_user_u32(&signature, sequence->abort_ip - sizeof(signature)))
		return -EFAULT;
	if (signature != self->rseq_signature)
		return -EINVAL;
	*is_in = rip - sequence->start_ip < sequence->post_commit_offset;
	return *is_in ? 0 : put_user_u64(self->rseq + offsetof(struct rseq, rseq_cs), 0);
}

/* Leave the sequence, if the thread is in one. */
static int leave_sequence(const struct thread_proc *self, struct trapframe *frame)
{
	struct rseq_cs sequence;
	uint32_t flags;
	bool is_in;

	int error = find_sequence(self, frame->rip, &sequence, &is_in);
	if (error || !is_in)
		return error;
	/* The flags that let a sequence go on are no longer: Linux takes none of them either. */
	if (get_user_u32(&flags, self->rseq + offsetof(struct rseq, flags)))
		return -EFAULT;
	if (flags || sequence.flags)
		return -EINVAL;
	if (put_user_u64(self->rseq + offsetof(struct rseq, rseq_cs), 0))
		return -EFAULT;
	frame->rip = sequence.abort_ip;
	frame_force_iret(frame);
	return 0;
}

int rseq_signal(struct trapframe *frame)
{
	return leave_sequence(current_proc(), frame);
}

void rseq_user_return(struct trapframe *frame)
{
	struct thread_proc *self = current_proc();
	struct thread *thread = self->thread;

	atomic_fetch_and_explicit(&thread->work, ~WORK_RSEQ, memory_order_relaxed);
	if (!self->rseq)
		return;
	int error = leave_sequence(self, frame);
	if (!error && (thread->rseq_cpu != this_cpu()->id || thread->rseq_cid != thread->cid))
		error = show_place(thread, self->rseq);
	if (error)
		signal_force(SIGSEGV, SI_KERNEL, 0);
}
