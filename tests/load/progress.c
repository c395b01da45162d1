#include "progress.h"

#include "second.h"

#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE = 200 };

void
progress_text(const struct results *results, const struct second *second, char *text, size_t room)
{
    int used = snprintf(text, room, "%4.0f s  due %llu  sent %llu  done %llu  failed %llu  %.0f/s", second->at_s,
                        (unsigned long long)results->due, (unsigned long long)results->started,
                        (unsigned long long)results->done, (unsigned long long)results->failed,
                        second_rate(second, COUNT_DONE));

    for (int i = TO_NOTIFIED; i >= 0; i--)
        if (!isnan(second->ms[i][P50])) {
            used += snprintf(text + used, room - (size_t)used, "  %s p50 %.1f p99 %.1f ms", results_measures[i],
                             second->ms[i][P50], second->ms[i][P99]);
            break;
        }
    snprintf(text + used, room - (size_t)used, "  backlog %llu", (unsigned long long)second->backlog);
}

/* Characters that fit into a line of the terminal: one that is broken cannot be overwritten. */
static int
width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col <= 1 || size.ws_col > LINE)
        return LINE;
    return size.ws_col - 1;
}

void
progress_print(struct results *results, const struct second *second)
{
    bool terminal = isatty(STDERR_FILENO);
    char text[LINE + 1];

    progress_text(results, second, text, sizeof(text));
    if (terminal)
        fprintf(stderr, "\r\033[K%.*s", width(), text);     /* back, clear the line */
    else
        fprintf(stderr, "%s\n", text);
    results->in_place = terminal;
}
