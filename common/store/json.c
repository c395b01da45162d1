#include "json.h"

#include "../base/memory.h"
#include "../base/text.h"
#include "../base/uuid.h"
#include "../base/when.h"
#include "db.h"
#include "json_tree.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static int
mistaken(struct json_mistake *mistake, const char *field, const char *detail)
{
    *mistake = (struct json_mistake){ field, detail };
    return -1;
}

bool
json_is_name(const char *text, size_t min, size_t max)
{
    size_t size = strlen(text);

    if (size < min || size > max)
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("._-@", *text) == NULL)
            return false;
    return true;
}

static int
read_text(struct db *db, const struct json_rule *rule, const char *text, struct json_mistake *mistake)
{
    size_t length;

    if (!text_is_utf8(text, strlen(text)))
        return mistaken(mistake, rule->name, "holds an escape that is no Unicode character");
    if (rule->kind == JSON_CURRENCY)
        return text_is_currency_shaped(text) ? 0
               : mistaken(mistake, rule->name, "must be a currency code of three capital letters (ISO 4217)");
    if (rule->kind == JSON_ID)
        return uuid_is_valid(text) ? 0 : mistaken(mistake, rule->name, "must be a UUID in lower case");
    length = text_length(text);
    if ((int64_t)length < rule->min || (int64_t)length > rule->max)
        return mistaken(mistake, rule->name,
                        arena_format(db_scratch(db), "must have %lld to %lld characters", (long long)rule->min,
                                     (long long)rule->max));
    if (rule->kind == JSON_NAME && !json_is_name(text, 0, SIZE_MAX))
        return mistaken(mistake, rule->name, "must be of letters, digits and . _ - @ only");
    return 0;
}

static int
check_range(struct db *db, const struct json_rule *rule, int64_t number, const char *detail, struct json_mistake *mistake)
{
    if (number >= rule->min && number <= rule->max)
        return 0;
    return mistaken(mistake, rule->name, arena_format(db_scratch(db), detail, (long long)rule->min, (long long)rule->max));
}

static int
read_value(struct db *db, const struct json_node *node, const struct json_rule *rule, struct json_value *value,
           struct json_mistake *mistake)
{
    static const char whole[] = "must be a whole number from %lld to %lld", elements[] = "must have %lld to %lld elements";

    *value = (struct json_value){ .text = node->text, .number = node->number, .first = node->first };
    if (rule->kind == JSON_INTEGER)
        return check_range(db, rule, node->is_whole ? node->number : rule->min - 1, whole, mistake);
    if (rule->kind == JSON_ARRAY)
        return node->type == JSON_IS_ARRAY ? check_range(db, rule, node->count, elements, mistake)
                                           : mistaken(mistake, rule->name, "must be an array");
    if (node->type != JSON_IS_STRING)
        return mistaken(mistake, rule->name, "must be a string");
    if (rule->kind == JSON_TIME)
        return when_parse_utc(node->text, &value->number) == 0 ? 0
               : mistaken(mistake, rule->name, "must be a time like 2026-01-31T12:00:00.000Z");
    return read_text(db, rule, node->text, mistake);
}

/* The place of the rule; that of the row that ends them if there is none. */
static int
find_rule(const struct json_rule *rules, const char *name)
{
    int i = 0;

    while (rules[i].name != NULL && strcmp(rules[i].name, name) != 0)
        i++;
    return i;
}

int
json_read_node(struct db *db, const struct json_node *object, const struct json_rule *rules, struct json_value *values,
               struct json_mistake *mistake)
{
    bool given[JSON_RULES] = { false };

    if (object == NULL || object->type != JSON_IS_OBJECT)
        return mistaken(mistake, NULL, "is not a JSON object");
    for (int i = 0; rules[i].name != NULL; i++) {
        assert(i < JSON_RULES);
        values[i] = (struct json_value){ 0 };
    }
    for (const struct json_node *node = object->first; node != NULL; node = node->next) {
        int i = find_rule(rules, node->key);

        if (rules[i].name == NULL)
            continue;
        if (given[i])
            return mistaken(mistake, rules[i].name, "stands twice");
        if (rules[i].optional && node->type == JSON_IS_NULL)
            continue;
        if (read_value(db, node, &rules[i], &values[i], mistake) != 0)
            return -1;
        given[i] = true;
    }
    for (int i = 0; rules[i].name != NULL; i++)
        if (!given[i] && !rules[i].optional)
            return mistaken(mistake, rules[i].name, "is missing");
    return 0;
}

/* ---- texts ---- */

/* How often the name stands in the text, in quotes: a member of this name may stand there as often. */
static int
mentions(const char *json, const char *quoted)
{
    int count = 0;

    while ((json = strstr(json, quoted)) != NULL) {
        json += strlen(quoted);
        count++;
    }
    return count;
}

/* Many events are read for one field only: it is taken out, without a look at the others, if it can stand there but once.
 * false if that is not certain, or if something is wrong: the long way tells what. */
static bool
read_single(struct db *db, const char *json, const struct json_rule *rule, struct json_value *value)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(:json) THEN json_type(:json, :path) = 'text' END,"
                              "       CASE WHEN json_valid(:json) THEN json_extract(:json, :path) END";
    const char *quoted, *path;
    struct json_mistake mistake;
    struct rows *rows;

    if (rule->kind > JSON_ID || strchr(json, '\\') != NULL)
        return false;
    quoted = arena_format(db_scratch(db), "\"%s\"", rule->name);
    if (mentions(json, quoted) != 1)
        return false;
    path = arena_format(db_scratch(db), "$.%s", rule->name);
    rows = db_select(db, sql, FIELDS(TEXT("json", json), TEXT("path", path)));
    if (rows_next(rows) && rows_int(rows, 0) == 1)
        value->text = rows_text(rows, 1);
    rows_end(rows);
    return value->text != NULL && read_text(db, rule, value->text, &mistake) == 0;
}

static bool
has_array(const struct json_rule *rules)
{
    while (rules->name != NULL && rules->kind != JSON_ARRAY)
        rules++;
    return rules->name != NULL;
}

int
json_read(struct db *db, const char *json, const struct json_rule *rules, struct json_value *values,
          struct json_mistake *mistake)
{
    if (json == NULL)
        return mistaken(mistake, NULL, "a JSON object is needed");
    if (strstr(json, "\\u0000") != NULL)       /* SQLite cuts a string there */
        return mistaken(mistake, NULL, "holds the character \\u0000");
    values[0] = (struct json_value){ 0 };
    if (rules[0].name != NULL && rules[1].name == NULL && read_single(db, json, &rules[0], &values[0]))
        return 0;
    return json_read_node(db, has_array(rules) ? json_tree(db, json) : json_members(db, json), rules, values, mistake);
}
