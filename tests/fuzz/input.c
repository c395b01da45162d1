#include "input.h"

#include "../../common/base/memory.h"
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct input
input_of(const char *bytes, size_t size)
{
    return (struct input){ .next = bytes, .size = size };
}

bool
input_take(struct input *input, char separator, struct piece *piece)
{
    const char *end = input->size == 0 ? NULL : memchr(input->next, separator, input->size);

    if (input->ended)
        return false;
    *piece = (struct piece){ input->next, end == NULL ? input->size : (size_t)(end - input->next) };
    input->ended = end == NULL;
    input->next += piece->size + (end != NULL);
    input->size -= piece->size + (end != NULL);
    return true;
}

char *
piece_text(const struct piece *piece)
{
    char *text = memory_new(piece->size + 1, 1);

    if (piece->size > 0)
        memcpy(text, piece->bytes, piece->size);
    return text;
}

char *
piece_bytes(const struct piece *piece)
{
    char *bytes = memory_new(piece->size, 1);

    if (piece->size > 0)
        memcpy(bytes, piece->bytes, piece->size);
    return bytes;
}

int
input_file(const char *bytes, size_t size, char path[INPUT_PATH])
{
    int fd = memfd_create("input", MFD_CLOEXEC);

    MUST(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, bytes, size) == (ssize_t)size, "no file in memory");
    snprintf(path, INPUT_PATH, "/proc/self/fd/%d", fd);
    return fd;
}

static char folder[200];

static void
remove_folder(void)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    char path[500];

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        unlink(path);           /* "." and ".." it leaves alone */
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(folder);
}

const char *
input_folder(void)
{
    const char *temporary = getenv("TMPDIR");

    if (folder[0] != '\0')
        return folder;
    snprintf(folder, sizeof(folder), "%.180s/fuzz.XXXXXX", temporary == NULL ? "/tmp" : temporary);
    MUST(mkdtemp(folder) != NULL && atexit(remove_folder) == 0, "no folder %s", folder);
    return folder;
}

bool
text_is_harmless(const char *text, size_t size)
{
    const unsigned char *next = (const unsigned char *)text;

    for (size_t i = 0; i < size; i++)
        if (next[i] < ' ' || next[i] == 0x7f || (next[i] == 0xc2 && i + 1 < size && next[i + 1] >= 0x80 && next[i + 1] < 0xa0))
            return false;
    return true;
}

bool
text_shows(const char *text, const char *bytes, size_t size)
{
    size_t most = strlen(text);

    for (size_t i = 0; i + size <= most; i++) {
        size_t same = 0;

        while (same < size && text[i + same] == bytes[same])
            same++;
        if (same == size)
            return true;
    }
    return false;
}
