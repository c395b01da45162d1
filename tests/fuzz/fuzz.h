/* Fuzz targets: each hands bytes to the real code that reads such bytes from outside, and asserts what must hold whatever they
 * are. One table of them; main.c runs one with libFuzzer, tests/unit/check_fuzz_corpus.c all of them over the corpus. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything is as it was when it returns. */
typedef void fuzz_run(const char *bytes, size_t size);

struct fuzz_target {
    const char *name;       /* "http": how the program is called, and its folder in corpus/ */
    fuzz_run *run;
    const char *what;       /* for people */
};

/* Ends with name NULL. */
extern const struct fuzz_target fuzz_targets[];

fuzz_run fuzz_answer, fuzz_ctl, fuzz_faults, fuzz_flow, fuzz_history, fuzz_http, fuzz_key, fuzz_letters, fuzz_order,
    fuzz_properties, fuzz_receiver, fuzz_record, fuzz_settings, fuzz_text, fuzz_token, fuzz_words;

/* What must hold; the rest tells more: a format and its values. Ends the process as a crash does. */
#define MUST(condition_, ...) ((condition_) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition_, __VA_ARGS__))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
