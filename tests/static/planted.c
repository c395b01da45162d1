/* Mistakes made on purpose, for tests/static/run: each reader of code must find its own, or its silence proves nothing.
 * Never built. */
#include <stdlib.h>

/* -fanalyzer, clang-tidy */
void
freed_twice(void)
{
    char *text = malloc(10);

    free(text);
    free(text);
}

/* cppcheck */
int
read_past_the_end(void)
{
    int numbers[3] = { 1, 2, 3 };

    return numbers[3];
}
