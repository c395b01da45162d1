#include "mix.h"

#include "../../common/base/error.h"
#include "../../common/base/memory.h"
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

/* What the lines of one file belong to. */
struct reading {
    struct words words;
    FILE *file;
    struct mix *mix;            /* NULL: a flow is expected */
    struct flow *flow;          /* NULL: a mix, or the first line is to come */
    int64_t rate;               /* of the schedule so far */
};

static int read_line(struct reading *reading);

/* All lines that say something. */
static int
read_file(struct reading *reading, const char *path, char **error)
{
    char line[2 * WORDS_LINE];
    int result = 0;

    reading->words.file = path;
    reading->words.error = error;
    while (result == 0 && fgets(line, sizeof(line), reading->file) != NULL) {
        reading->words.line++;
        result = words_split(&reading->words, line);
        if (result == 0 && reading->words.count > 0)
            result = read_line(reading);
    }
    if (result == 0 && ferror(reading->file))
        result = words_mistake(&reading->words, "cannot read on: %s", strerror(errno));
    return result;
}

/* ---- a mix ---- */

static bool
is_mix_word(const char *word)
{
    return isdigit((unsigned char)word[0]) || segment_is_word(word);
}

static int
read_flow(struct words *words, struct flow *flow)
{
    struct reading reading = { .file = fopen(flow->path, "re"), .flow = flow };
    int result;

    if (reading.file == NULL)
        return words_mistake(words, "expected a flow, but cannot read %s: %s", flow->path, strerror(errno));
    result = read_file(&reading, flow->path, words->error);
    if (result == 0)
        result = flow_read_end(flow, &reading.words);
    fclose(reading.file);
    return result;
}

/* NAME.flow in the folder of the mix. */
static struct flow *
new_flow(const struct words *words, const char *name)
{
    const char *slash = strrchr(words->file, '/');
    struct flow *flow = memory_new(1, sizeof(*flow));
    char path[FLOW_PATH];

    snprintf(path, sizeof(path), "%.*s%s.flow", slash == NULL ? 0 : (int)(slash - words->file) + 1, words->file, name);
    flow_init(flow, path);
    return flow;
}

static int
read_share(struct mix *mix, struct words *words)
{
    struct share *share = &mix->shares[mix->count];
    char name[FLOW_NAME];

    if (mix->count == MIX_SHARES)
        return words_mistake(words, "expected at most %d flows in a mix", MIX_SHARES);
    if (mix->segment_count > 0)
        return words_mistake(words, "expected all shares before the schedule");
    if (words_number(words, "a weight", 1, 1000000, &share->weight) != 0
        || words_name(words, "the name of a flow", name, sizeof(name)) != 0 || words_end(words) != 0)
        return -1;
    for (int i = 0; i < mix->count; i++)
        if (strcmp(mix->shares[i].flow->name, name) == 0)
            return words_mistake(words, "expected a flow that is not in line %d already, found \"%s\"",
                                 mix->shares[i].line, name);
    share->line = words->line;
    share->flow = new_flow(words, name);
    mix->weights += share->weight;
    mix->count++;
    return read_flow(words, share->flow);
}

static int
read_mix_line(struct reading *reading)
{
    struct mix *mix = reading->mix;

    if (isdigit((unsigned char)words_peek(&reading->words)[0]))
        return read_share(mix, &reading->words);
    if (mix->segment_count == MIX_SEGMENTS)
        return words_mistake(&reading->words, "expected a schedule of at most %d lines", MIX_SEGMENTS);
    return segment_read_line(&mix->segments[mix->segment_count++], &reading->words, &reading->rate);
}

/* ---- either ---- */

/* The first line decides. */
static int
read_line(struct reading *reading)
{
    struct mix *mix = reading->mix;
    bool is_mix = is_mix_word(words_peek(&reading->words));

    if (mix == NULL && is_mix && reading->flow->step_count == 0)
        return words_mistake(&reading->words, "expected a flow, found a mix: mixes are not mixed");
    if (mix != NULL && reading->flow == NULL && !is_mix && mix->count == 0 && mix->segment_count == 0) {
        reading->flow = mix->shares[0].flow = memory_new(1, sizeof(struct flow));
        flow_init(reading->flow, reading->words.file);
        mix->shares[0].weight = mix->weights = mix->count = 1;
    }
    return reading->flow != NULL ? flow_read_line(reading->flow, &reading->words) : read_mix_line(reading);
}

static int
read_end(struct reading *reading)
{
    if (reading->flow != NULL)
        return flow_read_end(reading->flow, &reading->words);
    if (reading->mix->count == 0)
        return words_mistake(&reading->words, "expected a flow, or a mix with a share as in `80 happy`, found the end of "
                                              "the file");
    return 0;
}

struct mix *
mix_read(const char *path, char **error)
{
    struct mix *mix = memory_new(1, sizeof(*mix));
    struct reading reading = { .file = fopen(path, "re"), .mix = mix };
    int result;

    if (reading.file == NULL)
        result = error_set(error, "cannot read %s: %s", path, strerror(errno));
    else if ((result = read_file(&reading, path, error)) == 0)
        result = read_end(&reading);
    if (reading.file != NULL)
        fclose(reading.file);
    if (result == 0)
        return mix;
    mix_free(mix);
    return NULL;
}
