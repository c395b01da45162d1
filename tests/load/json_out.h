/* JSON, written piece by piece. It can stand in a <script> of an HTML page as it is: < > & are escaped. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out {
    FILE *file;
    bool more;      /* something stands before what comes next in this object or array */
};

/* Of all of these, name is NULL in an array and for the outermost value. */

/* bracket is { or [; then what is in it, then json_out_close with } or ]. */
void json_out_open(struct json_out *out, const char *name, char bracket);
void json_out_close(struct json_out *out, char bracket);

/* Bytes that are no UTF-8 become question marks. NULL is null. */
void json_out_text(struct json_out *out, const char *name, const char *text);
/* With so many digits behind the point, at most; NAN is null. */
void json_out_number(struct json_out *out, const char *name, double value, int digits);
void json_out_count(struct json_out *out, const char *name, uint64_t value);
void json_out_bool(struct json_out *out, const char *name, bool value);

#endif
