// SPDX-License-Identifier: GPL-2.0-only
/*
 * node-memory fill NODE BYTES SEED: holds memory of one NUMA node and knows what is in it.
 *
 * Fills pages that only that node may give, says "ready", and then obeys lines on standard input:
 *
 *	check	"ok COUNT pages on node NODE", or "moved ..." for pages that are elsewhere now, or
 *		"mismatch at OFFSET: ..." and the end
 *	write SEED	a new pattern, then "ready"
 *	pin	keeps the first page where it is, as a transfer to a device does, then "ready"
 *
 * The end of the input ends it. A test of the kernel's memory through nothing but system calls, so
 * it needs no library. Keep BYTES small: emulated CXL memory takes 2-3 MB/s.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MPOL_BIND      2 /* linux/mempolicy.h, which not every libc's headers go with */
#define NODE_COUNT_MAX 1024
#define MASK_WORD_BITS (8 * sizeof(unsigned long))

struct memory {
	uint64_t *words;
	size_t size_bytes;
	size_t page_bytes;
	long node;
	uint64_t seed;
};

/* Every word differs from its neighbours and from the same word under another seed (splitmix64). */
static uint64_t pattern(uint64_t seed, size_t index)
{
	uint64_t z = seed + (uint64_t)index * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int memory_bind(const struct memory *memory)
{
	unsigned long mask[NODE_COUNT_MAX / MASK_WORD_BITS] = { 0 };
	size_t node = (size_t)memory->node;

	mask[node / MASK_WORD_BITS] |= 1ul << (node % MASK_WORD_BITS);
	/* The kernel reads one bit less than it is told. */
	if (syscall(SYS_mbind, memory->words, memory->size_bytes, MPOL_BIND, mask,
		    NODE_COUNT_MAX + 1, 0) < 0) {
		perror("mbind");
		return -1;
	}
	return 0;
}

static void memory_fill(struct memory *memory, uint64_t seed)
{
	memory->seed = seed;
	for (size_t i = 0; i < memory->size_bytes / sizeof(uint64_t); i++)
		memory->words[i] = pattern(seed, i);
	printf("ready\n");
}

/* The count of pages on the node, and in ret_elsewhere the node of one that is not there. */
static size_t memory_pages_on_node(const struct memory *memory, int *ret_elsewhere)
{
	size_t on_node = 0;

	for (size_t offset = 0; offset < memory->size_bytes; offset += memory->page_bytes) {
		void *page = (char *)memory->words + offset;
		int status = -1;

		/* Without target nodes it moves nothing and says where the page is. */
		if (syscall(SYS_move_pages, 0, 1ul, &page, NULL, &status, 0) < 0)
			perror("move_pages");
		if (status == memory->node)
			on_node++;
		else
			*ret_elsewhere = status;
	}
	return on_node;
}

static int memory_check(const struct memory *memory)
{
	size_t pages = memory->size_bytes / memory->page_bytes;
	size_t on_node;
	int elsewhere = -1;

	for (size_t i = 0; i < memory->size_bytes / sizeof(uint64_t); i++) {
		uint64_t expected = pattern(memory->seed, i);

		if (memory->words[i] != expected) {
			printf("mismatch at %zu: %#" PRIx64 " instead of %#" PRIx64 "\n",
			       i * sizeof(uint64_t), memory->words[i], expected);
			return -1;
		}
	}
	on_node = memory_pages_on_node(memory, &elsewhere);
	if (on_node == pages)
		printf("ok %zu pages on node %ld\n", pages, memory->node);
	else
		printf("moved %zu of %zu pages from node %ld, one to %d\n", pages - on_node, pages,
		       memory->node, elsewhere);
	return 0;
}

/* Pages in a pipe are counted by each process that may read the pipe, and the kernel does not move
 * what is counted.
 */
static void memory_pin(const struct memory *memory)
{
	const struct iovec page = { .iov_base = memory->words, .iov_len = memory->page_bytes };
	int fds[2];

	if (pipe(fds) < 0 || vmsplice(fds[1], &page, 1, 0) < 0)
		perror("vmsplice");
	else
		printf("ready\n");
}

static int serve(struct memory *memory)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "check\n") == 0) {
			if (memory_check(memory) < 0)
				return 1;
		} else if (strncmp(line, "write ", 6) == 0) {
			memory_fill(memory, strtoull(line + 6, NULL, 0));
		} else if (strcmp(line, "pin\n") == 0) {
			memory_pin(memory);
		} else {
			printf("unknown: %s", line);
		}
	}
	return 0;
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: node-memory fill NODE BYTES SEED\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct memory memory = { .page_bytes = (size_t)sysconf(_SC_PAGESIZE) };

	if (argc != 5 || strcmp(argv[1], "fill") != 0)
		return usage();
	memory.node = strtol(argv[2], NULL, 0);
	memory.size_bytes = strtoull(argv[3], NULL, 0) / memory.page_bytes * memory.page_bytes;
	if (memory.node < 0 || memory.node >= NODE_COUNT_MAX || memory.size_bytes == 0)
		return usage();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	memory.words = mmap(NULL, memory.size_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory.words == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	if (memory_bind(&memory) < 0)
		return 1;
	memory_fill(&memory, strtoull(argv[4], NULL, 0));
	return serve(&memory);
}
