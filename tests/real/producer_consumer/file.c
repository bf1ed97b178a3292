/* A file with locks: two counts, and behind them the items. */
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "means.h"

struct counts {
	uint64_t put, got;
};
static const char file_name[] = "producer_consumer.file";
static int file = -1;

static void open_file(void)
{
	struct counts none = {0, 0};

	file = open(file_name, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (file < 0 || pwrite(file, &none, sizeof(none), 0) != sizeof(none))
		fail("open");
}

static void close_file(void)
{
	unlink(file_name);
}

static void lock_file(short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	if (fcntl(file, F_SETLKW, &lock))
		fail("F_SETLKW");
}

static off_t place_of(uint64_t number)
{
	return (off_t)(sizeof(struct counts) + number % slots() * sizeof(struct item));
}

/* Until the counts allow it, with the lock held then. A lock says nothing, so it has to be looked at again and again.
 */
static struct counts lock_when(int for_put)
{
	struct counts counts;

	for (;;) {
		lock_file(F_WRLCK);
		if (pread(file, &counts, sizeof(counts), 0) != sizeof(counts))
			fail("pread");
		if (for_put ? counts.put - counts.got < slots() : counts.put > counts.got)
			return counts;
		lock_file(F_UNLCK);
		sched_yield();
	}
}

static void put_file(const struct item *item)
{
	struct counts counts = lock_when(1);

	counts.put++;
	if (pwrite(file, item, sizeof(*item), place_of(item->words[0])) != sizeof(*item) ||
	    pwrite(file, &counts, sizeof(counts), 0) != sizeof(counts))
		fail("pwrite");
	lock_file(F_UNLCK);
}

static void get_file(struct item *item, uint64_t number)
{
	struct counts counts = lock_when(0);

	counts.got++;
	if (pread(file, item, sizeof(*item), place_of(number)) != sizeof(*item) ||
	    pwrite(file, &counts, sizeof(counts), 0) != sizeof(counts))
		fail("pread, pwrite");
	lock_file(F_UNLCK);
}

const struct means file_means = {
	.name = "file", .open = open_file, .close = close_file, .put = put_file, .get = get_file};
