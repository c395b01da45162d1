/* Text for people, written piece by piece into an arena. */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

struct arena;

struct page {
    struct arena *arena;
    char *text;          /* NUL-terminated, in the arena */
    size_t used, size;
};

/* An empty page. */
void page_init(struct page *page, struct arena *arena);
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes that may be anything: what is not printable ASCII or well-formed UTF-8 is shown as \xNN. NULL is shown as "-". */
void page_bytes(struct page *page, const char *bytes, size_t size);

#endif
