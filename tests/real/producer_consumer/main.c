/*
 * The producer-consumer problem over every means of communication there is, with a bounded and an unbounded buffer: the
 * means is a parameter, the result is always the same.
 *
 *	producer_consumer MEANS bounded|unbounded [ITEMS]     one of them
 *	producer_consumer all [ITEMS]                         all of them, and what each costs, side by side
 *
 * A bounded buffer holds at most CAPACITY items: where the means has no such bound of its own, the consumer sends a
 * token back for each item it has taken, and the producer waits for tokens. An unbounded buffer never makes the
 * producer wait: what the means cannot take yet is kept by the producer, or the shared memory and the file are as large
 * as all items.
 */
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "means.h"

uint64_t count = 2000;
int is_bounded;

static uint64_t word_of(uint64_t number, unsigned index)
{
	return index ? (number * 2654435761u + index) ^ number << 7 : number;
}

static void produce(struct item *item, uint64_t number)
{
	for (unsigned i = 0; i < WORDS; i++)
		item->words[i] = word_of(number, i);
}

/* 1 when it is the item that had to come. */
static int consume(const struct item *item, uint64_t number, uint64_t *sum)
{
	int is_right = 1;

	for (unsigned i = 0; i < WORDS; i++) {
		is_right &= item->words[i] == word_of(number, i);
		*sum = *sum * 31 + item->words[i];
	}
	return is_right;
}

static const struct means *const all_means[] = {
	&memory_means, &named_means, &sysv_memory_means, &pipe_means, &fifo_means,
	&mqueue_means, &msg_means,   &unix_means,        &tcp_means,  &file_means,
};
#define MEANS_COUNT (sizeof(all_means) / sizeof(all_means[0]))

/* What the means had no room for yet: from first to the number being produced. */
static void produce_unbounded(const struct means *means)
{
	uint64_t first = 0;
	struct item *kept = malloc(count * sizeof(*kept));

	if (!kept)
		fail("malloc");
	for (uint64_t number = 0; number < count; number++) {
		produce(&kept[number], number);
		while (first <= number && means->send(&kept[first], 0))
			first++;
	}
	while (first < count)
		means->send(&kept[first++], 1);
	free(kept);
}

static void produce_all(const struct means *means)
{
	struct item item;

	if (means->send && !is_bounded) {
		produce_unbounded(means);
		return;
	}
	for (uint64_t number = 0; number < count; number++) {
		produce(&item, number);
		if (means->put) {
			means->put(&item);
			continue;
		}
		if (means->has_tokens && number >= CAPACITY)
			receive_token();
		means->send(&item, 1);
	}
	/* The last tokens, so that the consumer never writes to nobody. */
	if (means->has_tokens)
		for (uint64_t i = 0; i < (count < CAPACITY ? count : CAPACITY); i++)
			receive_token();
}

/* 0 when every item came in its turn. */
static int consume_all(const struct means *means, uint64_t *sum)
{
	int wrong = 0;

	for (uint64_t number = 0; number < count; number++) {
		struct item item;
		if (means->get)
			means->get(&item, number);
		else
			means->receive(&item);
		wrong |= !consume(&item, number, sum);
		if (is_bounded && means->has_tokens)
			send_token();
	}
	return wrong;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One run, in processes of its own. 0 when the result is right; *seconds is what it took. */
static int run(const struct means *means, double *seconds)
{
	double start = now();
	uint64_t sum = 0;
	int status, wrong;
	pid_t producer;

	means->open();
	producer = fork();
	if (producer < 0)
		fail("fork");
	if (producer == 0) {
		produce_all(means);
		_exit(0);
	}
	wrong = consume_all(means, &sum);
	waitpid(producer, &status, 0);
	*seconds = now() - start;
	if (means->close)
		means->close();
	printf("%-12s %-9s %lu items, sum %016lx%s\n", means->name, is_bounded ? "bounded" : "unbounded",
	       (unsigned long)count, (unsigned long)sum, wrong || status ? ", WRONG" : "");
	fflush(stdout);
	return wrong || status;
}

/* In a child, so that what it leaves open is gone. The time comes back through a pipe. */
static int run_apart(const struct means *means, double *seconds)
{
	int ends[2], status;
	pid_t child;

	if (pipe(ends) || (child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		int wrong = run(means, seconds);
		write_all(ends[1], seconds, sizeof(*seconds));
		_exit(wrong);
	}
	close(ends[1]);
	if (read(ends[0], seconds, sizeof(*seconds)) != sizeof(*seconds))
		*seconds = -1;
	close(ends[0]);
	waitpid(child, &status, 0);
	return status != 0;
}

static int run_all(void)
{
	double seconds[MEANS_COUNT][2];
	int wrong = 0;

	for (size_t i = 0; i < MEANS_COUNT; i++) {
		for (is_bounded = 0; is_bounded < 2; is_bounded++)
			wrong |= run_apart(all_means[i], &seconds[i][is_bounded]);
	}
	printf("\nmicroseconds an item    bounded  unbounded\n");
	for (size_t i = 0; i < MEANS_COUNT; i++)
		printf("%-20s %10.2f %10.2f\n", all_means[i]->name, seconds[i][1] * 1e6 / (double)count,
		       seconds[i][0] * 1e6 / (double)count);
	return wrong;
}

int main(int argc, char **argv)
{
	double seconds;

	if (argc >= 2 && strcmp(argv[1], "all") == 0) {
		if (argc > 2)
			count = strtoull(argv[2], NULL, 10);
		return run_all();
	}
	if (argc > 3)
		count = strtoull(argv[3], NULL, 10);
	for (size_t i = 0; argc > 2 && i < MEANS_COUNT; i++) {
		if (strcmp(argv[1], all_means[i]->name) == 0) {
			is_bounded = strcmp(argv[2], "bounded") == 0;
			return run(all_means[i], &seconds);
		}
	}
	fprintf(stderr, "usage: producer_consumer MEANS bounded|unbounded [ITEMS]; producer_consumer all [ITEMS]\n");
	return 2;
}
