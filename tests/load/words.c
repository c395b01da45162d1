#include "words.h"

#include "../../common/base/error.h"
#include "status.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int
words_mistake(const struct words *words, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_set(words->error, "%s:%d: %s", words->file, words->line, text);
}

int
words_split(struct words *words, const char *line)
{
    char *next = words->text;

    words->count = words->next = 0;
    if (strlen(line) >= WORDS_LINE)
        return words_mistake(words, "a line has less than %d characters", WORDS_LINE);
    for (; *line != '\0' && *line != '#'; line++) {
        if (*line == ',')
            *next++ = ' ';
        *next++ = *line;
        if (*line == ',')
            *next++ = ' ';
    }
    *next = '\0';
    for (char *word = strtok_r(words->text, " \t\r\n", &next); word != NULL; word = strtok_r(NULL, " \t\r\n", &next)) {
        if (words->count == WORDS_MAX)
            return words_mistake(words, "a line has at most %d words", WORDS_MAX);
        words->word[words->count++] = word;
    }
    return 0;
}

const char *
words_peek(const struct words *words)
{
    return words->next < words->count ? words->word[words->next] : "";
}

/* What stands where something else was expected. */
static const char *
found(const struct words *words, char text[60])
{
    if (words->next >= words->count)
        return "the end of the line";
    snprintf(text, 60, "\"%.40s\"", words->word[words->next]);
    return text;
}

int
words_found(const struct words *words, const char *what)
{
    char text[60];

    return words_mistake(words, "expected %s, found %s", what, found(words, text));
}

bool
words_next_is(const struct words *words, int ahead, const char *word)
{
    return words->next + ahead < words->count && strcmp(words->word[words->next + ahead], word) == 0;
}

bool
words_take(struct words *words, const char *word)
{
    if (!words_next_is(words, 0, word))
        return false;
    words->next++;
    return true;
}

int
words_expect(struct words *words, const char *word)
{
    return words_take(words, word) ? 0 : words_found(words, word);
}

int
words_name(struct words *words, const char *what, char *name, size_t room)
{
    const char *word = words_peek(words);
    size_t size = strlen(word);

    if (size == 0 || strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != size)
        return words_found(words, what);
    if (size >= room)
        return words_mistake(words, "%s has at most %zu characters", what, room - 1);
    memcpy(name, word, size + 1);
    words->next++;
    return 0;
}

/* One word of the kind that `parse` knows, or several with "or" between them. */
static int
read_set(struct words *words, enum status (*parse)(const char *word), const char *what, unsigned *set)
{
    *set = 0;
    do {
        enum status status = parse(words_peek(words));

        if (status == NOT_ORDERED)
            return words_found(words, what);
        *set |= status;
        words->next++;
    } while (words_take(words, "or"));
    return 0;
}

static enum status
parse_status(const char *word)
{
    return status_parse(word, strlen(word));
}

int
words_statuses(struct words *words, unsigned *set)
{
    return read_set(words, parse_status, "CREATED, PAID, REJECTED, CANCELLED or REFUNDED", set);
}

/* status_of_kind takes any letters; a flow has them as events do. */
static enum status
parse_kind(const char *word)
{
    return word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] == '\0' ? status_of_kind(word) : NOT_ORDERED;
}

int
words_kinds(struct words *words, unsigned *set)
{
    return read_set(words, parse_kind, "paid, rejected, cancelled or refunded", set);
}

int
words_end(struct words *words)
{
    return words->next == words->count ? 0 : words_found(words, "the end of the line");
}
