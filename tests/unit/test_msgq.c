/*
 * The message queue without a kernel around it: its three capacities, order, choice of messages, who is served while
 * others wait, limits, and the end of a queue.
 */
/* sources: kernel/ipc/msgq.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "choice/choice.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_wait.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "ipc/msgq.h"
#include "lib/errno.h"
#include "trace/trace.h"

uint64_t trace_mask;
bool choice_is_seeded;
static unsigned chosen; /* what the seed says */

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
}

unsigned choice_pick(enum choice_kind kind, unsigned count, unsigned policy)
{
	return chosen < count ? chosen : policy;
}

struct timestamp timestamp_now(void)
{
	return (struct timestamp){.sec = 1000};
}

static int32_t pid_now = 7;
static int32_t current_pid(void)
{
	return pid_now;
}
int32_t (*file_process_hook)(void) = current_pid;

int copy_from_user(void *to, uaddr_t from, size_t bytes)
{
	if (from == 8)
		return -EFAULT;
	memcpy(to, (const void *)from, bytes);
	return 0;
}

unsigned waitq_wake_one(struct waitq *queue)
{
	return waitq_wake_key(queue, 0, 1);
}

static struct msgq queue;
static const struct msgq_patience at_once = {.deadline_ns = TIME_NEVER, .is_nonblocking = true};
static const struct msgq_patience patient = {.deadline_ns = TIME_NEVER};

static void begin(bool orders_by_type, bool is_rendezvous, uint64_t count, uint64_t bytes)
{
	msgq_init(&queue, orders_by_type, is_rendezvous);
	queue.count_limit = count;
	queue.bytes_limit = bytes;
	fake_block = NULL;
	choice_is_seeded = false;
}

static int send(const char *text, int64_t type, const struct msgq_patience *patience)
{
	struct message *message = message_from_user((uaddr_t)text, strlen(text) + 1, type);
	int result;

	assert_false(is_err(message));
	result = msgq_send(&queue, message, patience);
	if (result != 0 && result != MSGQ_WAS_EMPTY)
		message_free(message);
	return result;
}

static char got[100];

static int receive_as(enum msgq_pick_kind kind, int64_t type, uint64_t room, const struct msgq_patience *patience)
{
	struct msgq_pick pick = {.kind = kind, .type = type, .room_bytes = room};
	struct message *message;
	int result = msgq_receive(&queue, &pick, patience, &message);

	got[0] = 0;
	if (result == 0) {
		strcpy(got, (char *)message->data);
		message_free(message);
	}
	return result;
}

static int receive(const struct msgq_patience *patience)
{
	return receive_as(PICK_FIRST, 0, 100, patience);
}

static void end(void)
{
	msgq_destroy(&queue);
	assert_int_equal(fake_live, 0);
}

static void unbounded(void **state)
{
	begin(false, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(send("x", 1, &at_once), i ? 0 : MSGQ_WAS_EMPTY);
	assert_int_equal(queue.count, 1000);
	assert_int_equal(queue.bytes, 2000);
	assert_int_equal(msgq_events(&queue), POLL_IN | POLL_RDNORM | POLL_OUT | POLL_WRNORM);
	end();
}

static void bounded(void **state)
{
	begin(false, false, 2, 10);
	assert_int_equal(send("12345678", 1, &at_once), MSGQ_WAS_EMPTY);
	assert_int_equal(send("12", 1, &at_once), -EAGAIN); /* bytes */
	assert_int_equal(send("", 1, &at_once), 0);
	assert_int_equal(send("", 1, &at_once), -EAGAIN); /* messages */
	assert_int_equal(msgq_events(&queue), POLL_IN | POLL_RDNORM);
	assert_int_equal(receive(&at_once), 0);
	assert_string_equal(got, "12345678");
	assert_int_equal(receive(&at_once), 0);
	assert_int_equal(receive(&at_once), -EAGAIN);
	end();
}

static void choice_of_messages(void **state)
{
	begin(false, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	send("five", 5, &at_once);
	send("three", 3, &at_once);
	send("four", 4, &at_once);
	assert_int_equal(receive_as(PICK_TYPE, 9, 100, &at_once), -EAGAIN);
	assert_int_equal(receive_as(PICK_SMALLEST, 2, 100, &at_once), -EAGAIN);
	assert_int_equal(receive_as(PICK_SMALLEST, 9, 100, &at_once), 0);
	assert_string_equal(got, "three");
	assert_int_equal(receive_as(PICK_OTHER, 5, 100, &at_once), 0);
	assert_string_equal(got, "four");
	assert_int_equal(receive_as(PICK_FIRST, 0, 2, &at_once), -E2BIG);
	assert_int_equal(receive_as(PICK_TYPE, 5, 100, &at_once), 0);
	assert_string_equal(got, "five");
	end();
}

static void priorities(void **state)
{
	begin(true, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	send("low", 1, &at_once);
	send("high", 9, &at_once);
	send("high too", 9, &at_once);
	send("middle", 5, &at_once);
	static const char *const order[] = {"high", "high too", "middle", "low"};
	for (int i = 0; i < 4; i++) {
		assert_int_equal(receive(&at_once), 0);
		assert_string_equal(got, order[i]);
	}
	end();
}

static int sends_while_waiting(void)
{
	pid_now = 8;
	assert_int_equal(send("other", 3, &at_once), queue.is_rendezvous ? -EAGAIN : MSGQ_WAS_EMPTY);
	assert_int_equal(send("wanted", 4, &at_once), 0);
	pid_now = 7;
	return 0;
}

static void receiver_waits(void **state)
{
	begin(false, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	fake_block = sends_while_waiting;
	assert_int_equal(receive_as(PICK_TYPE, 4, 100, &patient), 0);
	assert_string_equal(got, "wanted");
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.sent.pid, 8);
	assert_int_equal(queue.received.pid, 7);
	end();
}

static int sends_too_much(void)
{
	assert_int_equal(send("too long", 1, &at_once), MSGQ_WAS_EMPTY);
	return 0;
}

static void receiver_without_room(void **state)
{
	begin(false, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	fake_block = sends_too_much;
	assert_int_equal(receive_as(PICK_FIRST, 0, 3, &patient), -E2BIG);
	assert_int_equal(queue.count, 1);
	end();
}

static int takes_while_waiting(void)
{
	assert_int_equal(receive(&at_once), 0);
	assert_string_equal(got, "first");
	assert_int_equal(queue.count, 1); /* the waiting sender's is in */
	return 0;
}

static void sender_waits(void **state)
{
	begin(false, false, 1, MSGQ_UNBOUNDED);
	assert_int_equal(send("first", 1, &at_once), MSGQ_WAS_EMPTY);
	fake_block = takes_while_waiting;
	assert_int_equal(send("second", 1, &patient), 0);
	assert_int_equal(receive(&at_once), 0);
	assert_string_equal(got, "second");
	fake_block = NULL;
	assert_int_equal(send("third", 1, &at_once), MSGQ_WAS_EMPTY);
	assert_int_equal(send("fourth", 1, &patient), -ERESTART_CALL);
	assert_true(list_is_empty(&queue.senders));
	end();
}

static int takes_directly(void)
{
	assert_int_equal(queue.count, 0);
	assert_int_equal(receive_as(PICK_TYPE, 9, 100, &at_once), -EAGAIN);
	assert_int_equal(receive_as(PICK_FIRST, 0, 2, &at_once), -E2BIG);
	assert_int_equal(receive(&at_once), 0);
	assert_string_equal(got, "by hand");
	return 0;
}

/* Capacity zero: nothing is kept, who sends meets who receives. */
static void rendezvous(void **state)
{
	begin(false, true, 0, 0);
	assert_int_equal(send("nobody", 1, &at_once), -EAGAIN);
	assert_int_equal(receive(&at_once), -EAGAIN);
	assert_int_equal(msgq_events(&queue), 0);
	fake_block = takes_directly;
	assert_int_equal(send("by hand", 1, &patient), 0);
	fake_block = sends_while_waiting;
	assert_int_equal(receive_as(PICK_TYPE, 4, 100, &patient), 0);
	assert_string_equal(got, "wanted");
	end();
}

static int closes(void)
{
	msgq_close(&queue, -EIDRM);
	return 0;
}

static void closed(void **state)
{
	begin(false, false, 1, MSGQ_UNBOUNDED);
	send("lost", 1, &at_once);
	fake_block = closes;
	assert_int_equal(send("waits", 1, &patient), -EIDRM);
	assert_int_equal(receive(&patient), -EIDRM);
	assert_int_equal(send("late", 1, &at_once), -EIDRM);
	begin(false, false, 1, MSGQ_UNBOUNDED);
	fake_block = closes;
	assert_int_equal(receive(&patient), -EIDRM);
	end();
}

static int widens(void)
{
	msgq_set_limits(&queue, 5, MSGQ_UNBOUNDED);
	return 0;
}

static void limits_change(void **state)
{
	begin(false, false, 1, MSGQ_UNBOUNDED);
	send("first", 1, &at_once);
	fake_block = widens;
	assert_int_equal(send("second", 1, &patient), MSGQ_LOOK_AGAIN);
	assert_int_equal(send("second", 1, &at_once), 0);
	end();
}

static void peeks(void **state)
{
	char text[20];
	int64_t type;

	begin(false, false, MSGQ_UNBOUNDED, MSGQ_UNBOUNDED);
	send("one", 4, &at_once);
	send("second", 5, &at_once);
	assert_int_equal(msgq_peek(&queue, 1, text, sizeof(text), &type), 7);
	assert_string_equal(text, "second");
	assert_int_equal(type, 5);
	assert_int_equal(msgq_peek(&queue, 1, text, 6, &type), -E2BIG);
	assert_int_equal(msgq_peek(&queue, 2, text, 6, &type), -EAGAIN);
	assert_int_equal(queue.count, 2);
	end();
}

static void no_memory(void **state)
{
	fake_fail_at = 1;
	assert_int_equal(ptr_err(message_from_user((uaddr_t) "x", 2, 1)), -ENOMEM);
	assert_int_equal(ptr_err(message_from_user(8, 2, 1)), -EFAULT);
	assert_int_equal(fake_live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unbounded),
		cmocka_unit_test(bounded),
		cmocka_unit_test(choice_of_messages),
		cmocka_unit_test(priorities),
		cmocka_unit_test(receiver_waits),
		cmocka_unit_test(receiver_without_room),
		cmocka_unit_test(sender_waits),
		cmocka_unit_test(rendezvous),
		cmocka_unit_test(closed),
		cmocka_unit_test(limits_change),
		cmocka_unit_test(peeks),
		cmocka_unit_test(no_memory),
	};

	fake_cpu_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
