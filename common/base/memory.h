/* Memory: allocation that cannot fail, and an arena for what lives only as long as one cause. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Zeroed memory for count objects of the given size. Ends the process when there is none: no service can go on. */
void *memory_new(size_t count, size_t size);
char *memory_copy_text(const char *text);
/* Like realloc; ends the process when there is no memory. */
void *memory_resize(void *memory, size_t count, size_t size);

/* Under AddressSanitizer each piece of an arena is an allocation of its own: so it sees what reaches beyond one. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_APART 1
#elif defined(__has_feature)
#define MEMORY_IS_APART __has_feature(address_sanitizer)
#else
#define MEMORY_IS_APART 0
#endif

struct arena_block;

struct arena {
    struct arena_block *block;   /* newest first; the oldest is kept by arena_reset */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* Forgets everything allocated so far; keeps one block, so that a quiet service allocates nothing. */
void arena_reset(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy; NULL stays NULL. */
char *arena_text(struct arena *arena, const char *text);
char *arena_bytes(struct arena *arena, const void *bytes, size_t size);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

#endif
