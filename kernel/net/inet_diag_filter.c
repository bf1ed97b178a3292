/*
 * Filters of NETLINK_SOCK_DIAG: `ss dport = :80` sends a small program that is run for each socket. Every step leads
 * forward, so it ends; it passes when it ends exactly behind the last step, and fails when it is led beyond.
 */
#include <linux/capability.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/inet_diag.h"

#define OP_BYTES  ((uint32_t)sizeof(struct inet_diag_bc_op))
#define BYTE_BITS 8u
#define ANY_PORT  (-1)

static struct inet_diag_bc_op op_at(const uint8_t *code, uint32_t at)
{
	struct inet_diag_bc_op op;

	memcpy(&op, code + at, sizeof(op));
	return op;
}

/* -- checking -- */

/* The bytes of a step with an address; 0: it is wrong. */
static uint32_t host_bytes(const uint8_t *code, uint32_t left)
{
	struct inet_diag_hostcond condition;
	uint32_t least = OP_BYTES + (uint32_t)sizeof(condition), address;

	if (left < least)
		return 0;
	memcpy(&condition, code + OP_BYTES, sizeof(condition));
	if (condition.family == AF_UNSPEC)
		address = 0;
	else if (condition.family == AF_INET)
		address = 4;
	else if (condition.family == AF_INET6)
		address = 16;
	else
		return 0;
	if (left < least + address || condition.prefix_len > address * BYTE_BITS)
		return 0;
	return least + address;
}

/* The bytes that a step needs; 0: there is no such step, or it is cut short. */
static uint32_t step_bytes(uint8_t kind, const uint8_t *code, uint32_t left)
{
	uint32_t needed;

	switch (kind) {
	case INET_DIAG_BC_NOP:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_AUTO:
		needed = OP_BYTES;
		break;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		return host_bytes(code, left);
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_S_EQ:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
	case INET_DIAG_BC_D_EQ:
	case INET_DIAG_BC_DEV_COND:
		needed = 2 * OP_BYTES;
		break;
	case INET_DIAG_BC_MARK_COND:
		needed = OP_BYTES + (uint32_t)sizeof(struct inet_diag_markcond);
		break;
	default:
		return 0;
	}
	return needed <= left ? needed : 0;
}

static bool is_way(uint32_t way, uint32_t needed, uint32_t left)
{
	return way >= needed && way <= left + OP_BYTES && way % OP_BYTES == 0;
}

/* Mark in `begins` where steps begin, a bit for each four bytes: 0, or the error of the first that is wrong. */
static int find_steps(const uint8_t *code, uint32_t bytes, uint8_t *begins)
{
	uint32_t at = 0;

	while (at < bytes) {
		uint32_t left = bytes - at, needed;
		struct inet_diag_bc_op op;
		if (left < OP_BYTES)
			return -EINVAL;
		op = op_at(code, at);
		if (op.code == INET_DIAG_BC_MARK_COND && !current_has_cap(CAP_NET_ADMIN))
			return -EPERM;
		needed = step_bytes(op.code, code + at, left);
		if (!needed || !is_way(op.yes, needed, left))
			return -EINVAL;
		if (op.code != INET_DIAG_BC_NOP && !is_way(op.no, needed, left))
			return -EINVAL;
		begins[at / OP_BYTES / BYTE_BITS] |= (uint8_t)(1u << (at / OP_BYTES % BYTE_BITS));
		at += op.yes;
	}
	return at == bytes ? 0 : -EINVAL;
}

/* Do all jumps lead to where a step begins, or beyond the last? */
static bool are_ways(const uint8_t *code, uint32_t bytes, const uint8_t *begins)
{
	for (uint32_t at = 0; at < bytes; at += op_at(code, at).yes) {
		struct inet_diag_bc_op op = op_at(code, at);
		uint32_t goal = at + op.no;
		if (op.code != INET_DIAG_BC_NOP && goal < bytes &&
		    !(begins[goal / OP_BYTES / BYTE_BITS] >> (goal / OP_BYTES % BYTE_BITS) & 1))
			return false;
	}
	return true;
}

int inet_diag_filter_check(const uint8_t *code, uint32_t bytes)
{
	uint8_t *begins = kzalloc(bytes / OP_BYTES / BYTE_BITS + 1);
	int error;

	if (!begins)
		return -ENOMEM;
	error = find_steps(code, bytes, begins);
	if (!error && !are_ways(code, bytes, begins))
		error = -EINVAL;
	kfree(begins);
	return error;
}

/* -- running -- */

static bool is_prefix(const uint8_t *address, const uint8_t *wanted, uint32_t bits)
{
	uint32_t whole = bits / BYTE_BITS, rest = bits % BYTE_BITS;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (memcmp(address, wanted, whole) != 0)
		return false;
	return !rest || !((address[whole] ^ wanted[whole]) & mask);
}

static bool is_host(const uint8_t *code, uint16_t family, const struct inet_end *end)
{
	struct inet_diag_hostcond condition;
	const uint8_t *wanted = code + OP_BYTES + sizeof(condition), *address = end->ip.bytes;

	memcpy(&condition, code + OP_BYTES, sizeof(condition));
	if (condition.port != ANY_PORT && condition.port != end->port)
		return false;
	if (!condition.prefix_len)
		return true;
	if (condition.family == AF_INET || (condition.family == AF_UNSPEC && family == AF_INET)) {
		if (!inet_ip_is_v4(&end->ip))
			return false;
		address += 12;
	} else if (family == AF_INET) {
		return false;
	}
	return is_prefix(address, wanted, condition.prefix_len);
}

static bool is_mark(const uint8_t *code, uint32_t mark)
{
	struct inet_diag_markcond condition;

	memcpy(&condition, code + OP_BYTES, sizeof(condition));
	return (mark & condition.mask) == condition.mark;
}

static bool is_interface(const uint8_t *code, int32_t interface)
{
	uint32_t wanted;

	memcpy(&wanted, code + OP_BYTES, sizeof(wanted));
	return !wanted ? !interface : (int32_t)wanted == interface;
}

static bool is_true(uint8_t kind, const uint8_t *code, const struct inet_diag_look *look)
{
	uint16_t port =
		op_at(code,
		      kind == INET_DIAG_BC_NOP || kind == INET_DIAG_BC_JMP || kind == INET_DIAG_BC_AUTO ? 0 : OP_BYTES)
			.no;

	switch (kind) {
	case INET_DIAG_BC_NOP:
		return true;
	case INET_DIAG_BC_S_EQ:
		return look->local.port == port;
	case INET_DIAG_BC_S_GE:
		return look->local.port >= port;
	case INET_DIAG_BC_S_LE:
		return look->local.port <= port;
	case INET_DIAG_BC_D_EQ:
		return look->remote.port == port;
	case INET_DIAG_BC_D_GE:
		return look->remote.port >= port;
	case INET_DIAG_BC_D_LE:
		return look->remote.port <= port;
	case INET_DIAG_BC_AUTO:
		return look->is_port_chosen;
	case INET_DIAG_BC_S_COND:
		return is_host(code, look->family, &look->local);
	case INET_DIAG_BC_D_COND:
		return is_host(code, look->family, &look->remote);
	case INET_DIAG_BC_DEV_COND:
		return is_interface(code, look->interface);
	case INET_DIAG_BC_MARK_COND:
		return is_mark(code, look->mark);
	default: /* a jump */
		return false;
	}
}

bool inet_diag_filter_passes(const uint8_t *code, uint32_t bytes, const struct inet_diag_look *look)
{
	uint32_t at = 0;

	while (at < bytes) {
		struct inet_diag_bc_op op = op_at(code, at);
		at += is_true(op.code, code + at, look) ? op.yes : op.no;
	}
	return at == bytes;
}
