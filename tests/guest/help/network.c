/*
 * A server for the tests of the network: network tcp|udp PORT. It says "ready" when it listens, sends back what comes
 * in capital letters, and ends with the first connection, or with the datagram "end".
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

static void must(int is_so, const char *what)
{
	if (!is_so) {
		perror(what);
		exit(1);
	}
}

static void raise_case(ssize_t bytes)
{
	for (ssize_t i = 0; i < bytes; i++)
		buffer[i] = (char)toupper((unsigned char)buffer[i]);
}

static void serve_stream(int fd)
{
	ssize_t bytes;
	int one;

	must(listen(fd, 5) == 0, "listen");
	puts("ready");
	fflush(stdout);
	one = accept(fd, NULL, NULL);
	must(one >= 0, "accept");
	while ((bytes = read(one, buffer, sizeof(buffer))) > 0) {
		raise_case(bytes);
		for (ssize_t done = 0, step; done < bytes; done += step) {
			step = write(one, buffer + done, (size_t)(bytes - done));
			must(step > 0, "write");
		}
	}
	must(bytes == 0, "read");
	close(one);
}

static void serve_datagrams(int fd)
{
	struct sockaddr_in from;
	socklen_t from_bytes;
	ssize_t bytes;

	puts("ready");
	fflush(stdout);
	do {
		from_bytes = sizeof(from);
		bytes = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_bytes);
		must(bytes >= 0, "recvfrom");
		raise_case(bytes);
		must(sendto(fd, buffer, (size_t)bytes, 0, (struct sockaddr *)&from, from_bytes) == bytes, "sendto");
	} while (bytes != 3 || memcmp(buffer, "END", 3) != 0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	int is_stream = argc > 1 && strcmp(argv[1], "tcp") == 0, fd;

	must(argc == 3, "network tcp|udp PORT");
	name.sin_port = htons((unsigned short)atoi(argv[2]));
	fd = socket(AF_INET, is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	must(fd >= 0, "socket");
	must(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	if (is_stream)
		serve_stream(fd);
	else
		serve_datagrams(fd);
	return 0;
}
