/* Looking things up in a service's tables. */
#include "service.h"

#include "base/memory.h"

#include <string.h>

bool
service_hears(const struct service *service, enum topic topic)
{
    const struct reaction *reaction;

    for (reaction = service->reactions; reaction->handle != NULL; reaction++)
        if (envelope_topic(reaction->on) == topic)
            return true;
    return false;
}

const struct reaction *
service_reaction(const struct service *service, enum envelope_type type)
{
    const struct reaction *reaction;

    for (reaction = service->reactions; reaction->handle != NULL; reaction++)
        if (reaction->on == type)
            return reaction;
    return NULL;
}

/* "/orders/{id}/timeline" against "/orders/abc/timeline": where abc stands, or an empty span if there is no {…}. */
static bool
path_matches(const char *pattern, const char *path, const char **start, size_t *size)
{
    size_t head = strcspn(pattern, "{");

    *start = path;
    *size = 0;
    if (strncmp(pattern, path, head) != 0)
        return false;
    if (pattern[head] == '\0')
        return path[head] == '\0';
    *start = path + head;
    *size = strcspn(*start, "/");
    return *size > 0 && strcmp(strchr(pattern, '}') + 1, *start + *size) == 0;
}

const struct route *
service_route(const struct service *service, const char *method, const char *path, struct arena *arena,
              const char **param, const char **allow)
{
    const struct route *route;
    const char *start;
    size_t size;

    *allow = NULL;
    for (route = service->routes; route->handle != NULL; route++) {
        if (!path_matches(route->path, path, &start, &size))
            continue;
        if (strcmp(route->method, method) == 0) {
            *param = size > 0 ? arena_bytes(arena, start, size) : NULL;
            return route;
        }
        *allow = *allow == NULL ? route->method : arena_format(arena, "%s, %s", *allow, route->method);
    }
    return NULL;
}
