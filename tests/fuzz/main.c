/* What libFuzzer calls. All targets are one program; the name it is called by says which one is meant: build/fuzz/http. The
 * processes that libFuzzer starts of itself keep that name. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzz_target *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *slash = strrchr((*argv)[0], '/'), *name = slash == NULL ? (*argv)[0] : slash + 1;

    (void)argc;
    for (target = fuzz_targets; target->name != NULL; target++)
        if (strcmp(target->name, name) == 0)
            return 0;
    fprintf(stderr, "there is no target %s: see tests/fuzz/targets.c\n", name);
    exit(2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target->run((const char *)data, size);
    return 0;
}
