#include "json.h"

#include "../base/memory.h"
#include "../base/text.h"
#include "../base/uuid.h"
#include "db.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static int
mistaken(struct json_mistake *mistake, const char *field, const char *detail)
{
    *mistake = (struct json_mistake){ field, detail };
    return -1;
}

/* json_valid of SQLite 3.42 and later takes only strict JSON when it has one argument, as earlier versions did. */
static bool
is_object(struct db *db, const char *json)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(:json) THEN json_type(:json) END";
    const char *type = db_text(db, sql, FIELDS(TEXT("json", json)));

    return type != NULL && strcmp(type, "object") == 0;
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
read_time(struct db *db, const struct json_rule *rule, struct json_value *value, struct json_mistake *mistake)
{
    static const char sql[] =
        "SELECT CASE WHEN :text GLOB '*-*-*T*:*:*.[0-9][0-9][0-9]Z' AND length(:text) = 24"
        "       THEN CAST(round((julianday(:text) - 2440587.5) * 86400000.0) AS INTEGER) END";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("text", value->text)));
    bool good = rows_next(rows) && !rows_is_null(rows, 0);

    value->number = good ? rows_int(rows, 0) : 0;
    rows_end(rows);
    return good ? 0 : mistaken(mistake, rule->name, "must be a time like 2026-01-31T12:00:00.000Z");
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

/* 9223372036854775808 has the JSON type integer but comes as a real; so both are asked. */
static int
read_integer(struct db *db, const struct json_rule *rule, bool integer, int64_t number,
             struct json_mistake *mistake)
{
    if (integer && number >= rule->min && number <= rule->max)
        return 0;
    return mistaken(mistake, rule->name,
                    arena_format(db_scratch(db), "must be a whole number from %lld to %lld", (long long)rule->min,
                                 (long long)rule->max));
}

static int
read_array(struct db *db, const struct json_rule *rule, int64_t size, struct json_mistake *mistake)
{
    if (size >= rule->min && size <= rule->max)
        return 0;
    return mistaken(mistake, rule->name,
                    arena_format(db_scratch(db), "must have %lld to %lld elements", (long long)rule->min,
                                 (long long)rule->max));
}

/* Columns: key, JSON type, SQL type, value, number of elements. */
static int
read_value(struct db *db, struct rows *rows, const struct json_rule *rule, struct json_value *value,
           struct json_mistake *mistake)
{
    const char *type = rows_text(rows, 1);

    if (value->text != NULL)
        return mistaken(mistake, rule->name, "stands twice");
    value->text = rows_text(rows, 3);
    if (rule->optional && strcmp(type, "null") == 0)
        return 0;
    if (rule->kind == JSON_INTEGER) {
        bool integer = strcmp(type, "integer") == 0 && strcmp(rows_text(rows, 2), "integer") == 0;

        value->number = rows_int(rows, 3);
        return read_integer(db, rule, integer, value->number, mistake);
    }
    if (rule->kind == JSON_ARRAY) {
        if (strcmp(type, "array") != 0)
            return mistaken(mistake, rule->name, "must be an array");
        return read_array(db, rule, rows_int(rows, 4), mistake);
    }
    if (strcmp(type, "text") != 0)
        return mistaken(mistake, rule->name, "must be a string");
    if (rule->kind == JSON_TIME)
        return read_time(db, rule, value, mistake);
    return read_text(db, rule, value->text, mistake);
}

static const struct json_rule *
find_rule(const struct json_rule *rules, const char *name)
{
    for (; rules->name != NULL; rules++)
        if (strcmp(rules->name, name) == 0)
            return rules;
    return NULL;
}

static int
read_fields(struct db *db, const char *json, const struct json_rule *rules, struct json_value *values,
            struct json_mistake *mistake)
{
    static const char sql[] =
        "SELECT key, type, typeof(value), value, CASE type WHEN 'array' THEN json_array_length(value) END"
        "  FROM json_each(:json)";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("json", json)));
    int result = 0;

    while (result == 0 && rows_next(rows)) {
        const struct json_rule *rule = find_rule(rules, rows_text(rows, 0));

        if (rule != NULL)
            result = read_value(db, rows, rule, &values[rule - rules], mistake);
    }
    rows_end(rows);
    return result;
}

int
json_read(struct db *db, const char *json, const struct json_rule *rules, struct json_value *values,
          struct json_mistake *mistake)
{
    /* SQLite cuts a string at \u0000. */
    if (json == NULL || strstr(json, "\\u0000") != NULL || !is_object(db, json))
        return mistaken(mistake, NULL, json == NULL ? "a JSON object is needed"
                                                    : "is not a JSON object, or holds the character \\u0000");
    for (int i = 0; rules[i].name != NULL; i++) {
        assert(i < JSON_RULES);
        values[i] = (struct json_value){ 0 };
    }
    if (read_fields(db, json, rules, values, mistake) != 0)
        return -1;
    for (int i = 0; rules[i].name != NULL; i++)
        if (values[i].text == NULL && !rules[i].optional)
            return mistaken(mistake, rules[i].name, "is missing");
    return 0;
}

const char *
json_element(struct db *db, const char *array, int index)
{
    /* -> answers JSON: a null is 'null' and not the end, and a string that holds JSON stays a string. */
    static const char sql[] = "SELECT :array -> :index";

    return db_text(db, sql, FIELDS(TEXT("array", array), INT("index", index)));
}
