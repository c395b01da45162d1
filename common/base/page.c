#include "page.h"

#include "memory.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_SIZE = 2048 };

void
page_init(struct page *page, struct arena *arena)
{
    *page = (struct page){ .arena = arena, .text = arena_alloc(arena, FIRST_SIZE), .size = FIRST_SIZE };
    page->text[0] = '\0';
}

/* Doubling: what was outgrown stays in the arena, and is less than what is there at the end. */
static void
make_room(struct page *page, size_t needed)
{
    char *old = page->text;

    if (page->size - page->used > needed)
        return;
    while (page->size - page->used <= needed)
        page->size *= 2;
    page->text = arena_alloc(page->arena, page->size);
    memcpy(page->text, old, page->used + 1);
}

/* Headers of records come from anybody: no control character reaches a terminal. */
static void
tame(char *text)
{
    for (; *text != '\0'; text++)
        if (*text != '\n')
            memset(text, '?', text_control_size(text));
}

void
page_print(struct page *page, const char *format, ...)
{
    va_list args;
    size_t needed;

    va_start(args, format);
    needed = (size_t)vsnprintf(NULL, 0, format, args);
    va_end(args);
    make_room(page, needed);
    va_start(args, format);
    vsnprintf(page->text + page->used, page->size - page->used, format, args);
    va_end(args);
    tame(page->text + page->used);
    page->used += needed;
}

static void
append(struct page *page, const char *bytes, size_t size)
{
    make_room(page, size);
    memcpy(page->text + page->used, bytes, size);
    page->used += size;
    page->text[page->used] = '\0';
}

/* U+0080 to U+009F, C2 80 to C2 9F, are control characters too: terminals obey them. */
static bool
is_shown(const char *bytes, size_t size, size_t i, bool utf8)
{
    unsigned char byte = (unsigned char)bytes[i];

    if (byte < ' ' || byte == 0x7f || (byte >= 0x80 && !utf8))
        return false;
    return byte != 0xc2 || i + 1 == size || (unsigned char)bytes[i + 1] >= 0xa0;
}

void
page_bytes(struct page *page, const char *bytes, size_t size)
{
    bool utf8 = bytes != NULL && text_is_utf8(bytes, size);
    size_t from = 0;

    if (bytes == NULL) {
        page_print(page, "-");
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (is_shown(bytes, size, i, utf8))
            continue;
        append(page, bytes + from, i - from);
        page_print(page, "\\x%02x", (unsigned char)bytes[i]);
        from = i + 1;
        if (utf8 && (unsigned char)bytes[i] == 0xc2) {      /* the second half of a control character */
            page_print(page, "\\x%02x", (unsigned char)bytes[++i]);
            from++;
        }
    }
    append(page, bytes + from, size - from);
}
