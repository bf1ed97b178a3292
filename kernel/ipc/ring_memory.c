/* Memory of byte rings, from the page allocator. */
#include "ipc/ring_memory.h"

#include "mem/page.h"

void *ring_memory_alloc(uint32_t bytes)
{
	struct page *page = page_alloc((unsigned)__builtin_ctz(bytes >> PAGE_SHIFT), PAGE_KERNEL, ALLOC_USER);

	return page ? page_to_virt(page) : NULL;
}

void ring_memory_free(void *memory)
{
	if (memory)
		page_free(virt_to_page(memory));
}
