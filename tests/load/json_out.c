#include "json_out.h"

#include "../../common/base/text.h"

#include <math.h>
#include <string.h>

/* ---- text ---- */

static void
put_text(FILE *file, const char *text)
{
    bool utf8 = text_is_utf8(text, strlen(text));

    fputc('"', file);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < ' ' || strchr("\"\\<>&\177", byte) != NULL)
            fprintf(file, "\\u%04x", byte);
        else
            fputc(byte >= 0x80 && !utf8 ? '?' : byte, file);
    }
    fputc('"', file);
}

static void
begin(struct json_out *out, const char *name)
{
    if (out->more)
        fputc(',', out->file);
    out->more = true;
    if (name != NULL) {
        put_text(out->file, name);
        fputc(':', out->file);
    }
}

/* ---- values ---- */

void
json_out_open(struct json_out *out, const char *name, char bracket)
{
    begin(out, name);
    fputc(bracket, out->file);
    out->more = false;
}

void
json_out_close(struct json_out *out, char bracket)
{
    fputc(bracket, out->file);
    out->more = true;
}

void
json_out_text(struct json_out *out, const char *name, const char *text)
{
    begin(out, name);
    if (text == NULL)
        fputs("null", out->file);
    else
        put_text(out->file, text);
}

void
json_out_number(struct json_out *out, const char *name, double value, int digits)
{
    begin(out, name);
    if (!isfinite(value))
        fputs("null", out->file);
    else
        fprintf(out->file, "%.*f", value == floor(value) ? 0 : digits, value);
}

void
json_out_count(struct json_out *out, const char *name, uint64_t value)
{
    begin(out, name);
    fprintf(out->file, "%llu", (unsigned long long)value);
}

void
json_out_bool(struct json_out *out, const char *name, bool value)
{
    begin(out, name);
    fputs(value ? "true" : "false", out->file);
}
