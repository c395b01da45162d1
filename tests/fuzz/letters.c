/* The file of dead letters that the database refused, as a start finds it: what it holds is kept once, what is no record ends it.
 * The same file once more brings nothing. */
#include "../../common/fallback.h"
#include "../../common/store/db.h"
#include "fuzz.h"
#include "input.h"
#include "members.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* fallback.c opens no link, so a file in memory is none for it. */
static const char *
path_of_file(void)
{
    static char path[300];

    snprintf(path, sizeof(path), "%s/letters", input_folder());
    return path;
}

static void
write_file(const char *path, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, "no file");
    close(fd);
}

static int64_t
letters(const struct member *member)
{
    return kept_number(member->core.db, "SELECT count(*) FROM dead_letter");
}

void
fuzz_letters(const char *bytes, size_t size)
{
    struct member *member = member_of(ORDER);
    const char *path = path_of_file();
    int64_t before = letters(member), kept;
    int count;

    write_file(path, bytes, size);
    count = fallback_import(path, &member->how);
    kept = letters(member) - before;
    MUST(count >= 0 && kept <= count, "%d records, %lld kept", count, (long long)kept);
    MUST(access(path, F_OK) != 0, "the file stays though all of it was kept");
    write_file(path, bytes, size);
    MUST(fallback_import(path, &member->how) == count && letters(member) - before == kept, "the second time it brings more");
    members_put_back();
}
