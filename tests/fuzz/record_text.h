/* A record of Kafka, written as text:
 *
 *     TOPIC PARTITION TIMESTAMP KEY       without KEY it has none
 *     NAME: VALUE                         its headers; NAME alone has no value
 *                                         an empty line, and all the rest is its value; without the line it has none
 */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include "../../common/base/record.h"
#include "input.h"

enum { RECORD_TEXT_HEADERS = 30 };

/* The record, and its parts: each in memory of exactly its size. */
struct record_text {
    struct record record;
    struct record_header headers[RECORD_TEXT_HEADERS];
    char *parts[2 * RECORD_TEXT_HEADERS + 2];
    int part_count;
};

/* false if there is no such topic or partition: librdkafka brings no such record. Is to be released in any case. */
bool record_text_read(struct record_text *text, const struct piece *piece);
void record_text_release(struct record_text *text);

#endif
