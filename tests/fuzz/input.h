/* An input, taken piece by piece; and as a file. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct piece {
    const char *bytes;
    size_t size;
};

/* What is left to be taken. */
struct input {
    const char *next;
    size_t size;
    bool ended;
};

struct input input_of(const char *bytes, size_t size);
/* Takes what stands before the separator, and the separator; the last piece is what is left. false: all was taken. */
bool input_take(struct input *input, char separator, struct piece *piece);

/* A copy of exactly its size, so that a sanitizer sees what is read beyond it; with a NUL behind. The caller's to free. */
char *piece_text(const struct piece *piece);
/* The same without the NUL. */
char *piece_bytes(const struct piece *piece);

enum { INPUT_PATH = 40 };
/* The bytes as a file that is a file nowhere else, mode 0600: answers its descriptor, and its path. */
int input_file(const char *bytes, size_t size, char path[INPUT_PATH]);

/* A folder for this process alone, in TMPDIR or /tmp; it goes, with the files in it, when the process ends by itself. */
const char *input_folder(void);

/* Whether there is nothing in the text that ends a line or that a terminal obeys: no control character, also none of U+0080 to
 * U+009F. */
bool text_is_harmless(const char *text, size_t size);
/* Whether the bytes stand in the text. Not by strstr: libFuzzer watches that, and would learn to write them there. */
bool text_shows(const char *text, const char *bytes, size_t size);

#endif
