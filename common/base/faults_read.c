/* Faults ordered by a setting. */
#include "error.h"
#include "faults.h"
#include "memory.h"
#include "text.h"
#include "when.h"

#include <stdlib.h>
#include <string.h>

static int
read_option(struct fault_order *order, const char *option, char **error)
{
    int64_t number;

    if (strncmp(option, "type=", 5) == 0 && (order->type = envelope_type_parse(option + 5)) != NO_TYPE)
        return 0;
    if (strncmp(option, "percent=", 8) == 0 && text_parse_int(option + 8, 1, 100, &number) == 0) {
        order->percent = (int)number;
        return 0;
    }
    if (strncmp(option, "ms=", 3) == 0 && text_parse_int(option + 3, 1, INT32_MAX, &order->ms) == 0)
        return 0;
    if (strncmp(option, "for=", 4) == 0 && when_parse_duration(option + 4, &order->for_ms) == 0 && order->for_ms > 0)
        return 0;
    if (strncmp(option, "point=", 6) == 0 && crash_point_parse(option + 6, &order->crash.point) == 0)
        return 0;
    if (strncmp(option, "how=", 4) == 0 && crash_how_parse(option + 4, &order->crash.how) == 0)
        return 0;
    if (strncmp(option, "nth=", 4) == 0 && text_parse_int(option + 4, 1, INT32_MAX, &order->crash.nth) == 0)
        return 0;
    return error_set(error, "\"%.60s\" is none of type=order.created, percent=1 to 100, ms=50, for=30s, "
                     "point=commit-before, how=kill|abort|io-error, nth=7", option);
}

/* Cuts the words of one order. */
static int
read_order(struct fault_order *order, char *text, char **error)
{
    const char *name = strsep(&text, ":"), *option, *mistake;

    *order = (struct fault_order){ .percent = 100, .crash = { .nth = 1 } };
    if (fault_parse(name, &order->fault) != 0)
        return error_set(error, "\"%.60s\" is no fault: FAULTS.md lists them", name);
    while ((option = strsep(&text, ":")) != NULL)
        if (read_option(order, option, error) != 0)
            return -1;
    mistake = fault_order_mistake(order);
    return mistake == NULL ? 0 : error_set(error, "%s: %s", name, mistake);
}

int
faults_read(struct faults *faults, const char *text, char **error)
{
    struct fault_order orders[FAULTS];
    char *copy = memory_copy_text(text), *rest = copy, *one;
    int count = 0, result = 0;

    while (result == 0 && *text != '\0' && (one = strsep(&rest, ",")) != NULL)
        result = count == FAULTS ? error_set(error, "more than there are") : read_order(&orders[count++], one, error);
    for (int i = 0; i < count && result == 0 && faults != NULL; i++)
        faults_set(faults, &orders[i]);
    free(copy);
    return result;
}
