/* What topics.c and acls.c share: the librdkafka properties that KAFKA_PROPERTIES names, as for the services. */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* name=value lines. -1 with the reason, which shows no value: it may be a password. */
static int
read_properties(rd_kafka_conf_t *conf, char *reason, size_t room)
{
    const char *path = getenv("KAFKA_PROPERTIES");
    char line[4096], text[512];
    FILE *file;
    int number = 0, status = 0;

    if (path == NULL || *path == '\0')
        return 0;
    file = fopen(path, "r");
    if (file == NULL) {
        snprintf(reason, room, "cannot read %s", path);
        return -1;
    }
    while (status == 0 && fgets(line, sizeof line, file) != NULL) {
        char *value = strchr(line, '=');

        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (value == NULL || *line == '#')
            continue;
        *value = '\0';
        if (rd_kafka_conf_set(conf, line, value + 1, text, sizeof text) == RD_KAFKA_CONF_OK)
            continue;
        snprintf(reason, room, "%s:%d: librdkafka does not accept this line", path, number);
        status = -1;
    }
    fclose(file);
    return status;
}

#endif
