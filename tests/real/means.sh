# The notes' producer and consumer of shared memory, and the producer-consumer problem over every means: what it gives
# is always the same, on Linux and here.
cd /tmp
/real/notes_consumer
/real/notes_producer
/real/notes_producer
/real/notes_consumer
/real/notes_consumer
ls /dev/shm/OS
for means in memory memory-named memory-sysv pipe fifo queue-posix queue-sysv unix tcp file; do
	for buffer in bounded unbounded; do
		/real/producer_consumer $means $buffer 1000
		/real/producer_consumer $means $buffer 3
	done
done
