#include "record_text.h"

#include "../../common/base/text.h"
#include "members.h"

#include <stdlib.h>
#include <string.h>

static const char *
keep(struct record_text *text, char *part)
{
    text->parts[text->part_count++] = part;
    return part;
}

static bool
read_place(struct record *record, const struct piece *topic, const struct piece *partition, const struct piece *timestamp)
{
    char *words[] = { piece_text(topic), piece_text(partition), piece_text(timestamp) };
    int64_t number = 0;
    bool good = topic_parse(words[0], &record->topic) == 0 && text_parse_int(words[1], 0, FUZZ_PARTITIONS - 1, &number) == 0
                && text_parse_int(words[2], INT64_MIN, INT64_MAX, &record->timestamp) == 0;

    record->partition = (int)number;
    for (int i = 0; i < 3; i++)
        free(words[i]);
    return good;
}

static bool
read_first_line(struct record_text *text, const struct piece *line)
{
    struct input words = input_of(line->bytes, line->size);
    struct piece topic, partition, timestamp;

    if (!input_take(&words, ' ', &topic) || !input_take(&words, ' ', &partition) || !input_take(&words, ' ', &timestamp)
        || !read_place(&text->record, &topic, &partition, &timestamp))
        return false;
    if (words.ended)
        return true;
    text->record.key_size = words.size;
    text->record.key = keep(text, piece_bytes(&(struct piece){ words.next, words.size }));
    return true;
}

/* librdkafka puts a NUL behind names and values. */
static void
read_header(struct record_text *text, const struct piece *line)
{
    struct record_header *header = &text->headers[text->record.header_count];
    struct input parts = input_of(line->bytes, line->size);
    struct piece name, value;

    if (text->record.header_count == RECORD_TEXT_HEADERS)
        return;
    input_take(&parts, ':', &name);
    *header = (struct record_header){ .name = keep(text, piece_text(&name)) };
    if (!parts.ended) {
        value = (struct piece){ parts.next + (parts.size > 0 && *parts.next == ' '), parts.size };
        value.size -= (size_t)(value.bytes - parts.next);
        header->value = keep(text, piece_text(&value));
        header->size = value.size;
    }
    text->record.header_count++;
}

bool
record_text_read(struct record_text *text, const struct piece *piece)
{
    struct input lines = input_of(piece->bytes, piece->size);
    struct piece line;

    *text = (struct record_text){ .record = { .offset = 7 } };
    if (!input_take(&lines, '\n', &line) || !read_first_line(text, &line))
        return false;
    while (input_take(&lines, '\n', &line) && line.size > 0)
        read_header(text, &line);
    text->record.headers = text->headers;
    if (!lines.ended) {
        text->record.value_size = lines.size;
        text->record.value = keep(text, piece_bytes(&(struct piece){ lines.next, lines.size }));
    }
    return true;
}

void
record_text_release(struct record_text *text)
{
    for (int i = 0; i < text->part_count; i++)
        free(text->parts[i]);
}
