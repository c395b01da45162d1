/* The file of KAFKA_PROPERTIES: what it is refused for is one line that names the place and never shows a value, which may be a
 * password. */
#include "../../common/kafka/properties.h"

#include "fuzz.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRET = 12 };       /* shorter ones may stand in any message by chance */

static void
check_message(const char *message, const char *bytes, size_t size)
{
    struct input lines = input_of(bytes, size);
    struct piece line;

    MUST(message != NULL && strchr(message, '\n') == NULL, "more than one line: %s", message);
    while (input_take(&lines, '\n', &line)) {
        const char *equals = line.size == 0 ? NULL : memchr(line.bytes, '=', line.size);
        size_t value = equals == NULL ? 0 : line.size - (size_t)(equals + 1 - line.bytes);

        /* What stands elsewhere, too, may be a name, which is shown. */
        if (value >= SECRET && memmem(bytes, size, equals + 1, value) == equals + 1
            && memmem(equals + 2, (size_t)(bytes + size - equals) - 2, equals + 1, value) == NULL)
            MUST(!text_shows(message, equals + 1, value), "a value is shown: %s", message);
    }
}

void
fuzz_properties(const char *bytes, size_t size)
{
    char path[INPUT_PATH], *error = NULL;
    int file = input_file(bytes, size, path);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    if (properties_set(conf, path, &error) != 0)
        check_message(error, bytes, size);
    else
        MUST(error == NULL, "taken, and complained of: %s", error);
    free(error);
    rd_kafka_conf_destroy(conf);
    close(file);
}
