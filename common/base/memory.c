#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_SIZE = MEMORY_IS_APART ? 0 : 16 * 1024, ALIGNMENT = 16, GRAIN = MEMORY_IS_APART ? 1 : ALIGNMENT };

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    _Alignas(ALIGNMENT) char bytes[];
};

static void *
or_die(void *memory)
{
    if (memory == NULL) {
        fputs("level=fatal msg=\"out of memory\"\n", stderr);
        _exit(EXIT_FAILURE);      /* no abort: nobody is to blame for a lack of memory, least of all the event at hand */
    }
    return memory;
}

void *
memory_new(size_t count, size_t size)
{
    return or_die(calloc(count == 0 ? 1 : count, size));
}

char *
memory_copy_text(const char *text)
{
    return or_die(strdup(text));
}

void *
memory_resize(void *memory, size_t count, size_t size)
{
    return or_die(reallocarray(memory, count, size));
}

static struct arena_block *
block_new(size_t size, struct arena_block *older)
{
    struct arena_block *block = or_die(malloc(sizeof(*block) + size));

    *block = (struct arena_block){ .older = older, .size = size };
    return block;
}

void
arena_init(struct arena *arena)
{
    arena->block = block_new(BLOCK_SIZE, NULL);
}

void
arena_reset(struct arena *arena)
{
    while (arena->block->older != NULL) {
        struct arena_block *newest = arena->block;

        arena->block = newest->older;
        free(newest);
    }
    arena->block->used = 0;
}

void
arena_release(struct arena *arena)
{
    if (arena->block == NULL)
        return;
    arena_reset(arena);
    free(arena->block);
    arena->block = NULL;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->block;
    char *memory;

    if (size > SIZE_MAX / 2)
        or_die(NULL);
    size = (size + GRAIN - 1) / GRAIN * GRAIN;
    if (block->size - block->used < size)
        arena->block = block = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE, block);
    memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *
arena_bytes(struct arena *arena, const void *bytes, size_t size)
{
    char *copy = arena_alloc(arena, size + 1);

    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_bytes(arena, text, strlen(text));
}

/* Most texts fit into what is left of the block: printed once, where they stay. */
char *
arena_format(struct arena *arena, const char *format, ...)
{
    struct arena_block *block = arena->block;
    size_t room = block->size - block->used, size;
    char *text = block->bytes + block->used;
    va_list args;

    va_start(args, format);
    size = (size_t)vsnprintf(text, room, format, args) + 1;
    va_end(args);
    if (size <= room)
        return arena_alloc(arena, size);
    text = arena_alloc(arena, size);
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}
