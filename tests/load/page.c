#include "page.h"

#include "document.h"

#include <assert.h>
#include <string.h>

extern const char load_report[];        /* tests/load/report.html */

void
page_write(const struct outcome *outcome, FILE *out)
{
    static const char placeholder[] = "{{RUN}}";
    const char *place = strstr(load_report, placeholder);

    assert(place != NULL);
    fwrite(load_report, 1, (size_t)(place - load_report), out);
    document_write(outcome, out);
    fputs(place + sizeof(placeholder) - 1, out);
}
