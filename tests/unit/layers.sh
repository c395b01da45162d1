#!/bin/sh
# Goal: the folders are the architecture, and nothing in the library has state of its own.
#
#   layers.sh [LIBRARY]
#
# (a) common/base includes only itself; common/store only base and store; common/kafka and common/http only base, store
#     and themselves, not each other; a service folder only common/ and itself. Only common/store knows SQLite, only
#     common/kafka librdkafka, only common/http and common/kafka libevent; the files of common/ itself join them.
# (b) no object of the library has mutable data: many copies of all three services must run in one process. One thing is
#     excepted: what a signal handler looks at, since it is given nothing else (common/running.c).
set -u
export LC_ALL=C
library=${1:-build/libchoreography.a}
wrong=0

complain() {
    echo "layers: $*" >&2
    wrong=1
}

# What a file in this folder may include: patterns of paths from the top.
allowed() {
    case $1 in
    common/base) echo 'common/base/*' ;;
    common/store) echo 'common/base/* common/store/*' ;;
    common/kafka | common/http) echo "common/base/* common/store/* $1/*" ;;
    common) echo 'common/*' ;;
    *) echo "common/* $1/*" ;;
    esac
}

matches() {
    path=$1
    shift
    for pattern in "$@"; do
        # shellcheck disable=SC2254
        case $path in $pattern) return 0 ;; esac
    done
    return 1
}

check_includes() {
    folder=$(dirname "$1")
    patterns=$(allowed "$folder")
    for name in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\(.*\)".*/\1/p' "$1"); do
        if [ ! -e "$folder/$name" ]; then
            complain "$1 includes \"$name\", which is not there"
            continue
        fi
        path=$(realpath --relative-to=. "$folder/$name")
        set -f
        # shellcheck disable=SC2086
        matches "$path" $patterns || complain "$1 includes $path; $folder may include only: $patterns"
        set +f
    done
    for name in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\(.*\)>.*/\1/p' "$1"); do
        case $name in
        sqlite3.h) homes='common/store common' ;;
        librdkafka/*) homes='common/kafka common' ;;
        event2/*) homes='common/http common/kafka common' ;;
        *) continue ;;
        esac
        # shellcheck disable=SC2086
        matches "$folder" $homes || complain "$1 includes <$name>, which is for $homes only"
    done
}

files=$(find common order-svc payment-svc notify-svc -name '*.[ch]')
for file in $files; do
    check_includes "$file"
done

# Symbols in .data, .bss, their per-object and thread-local kin; constants that need relocation (.data.rel.ro) are fine.
[ -r "$library" ] || complain "$library is not there: make it first"
objdump -h "$library" 2>/dev/null | grep -q 'file format' || complain "objdump cannot read $library"
mutable=$(objdump -t "$library" 2>/dev/null | awk '
    /file format/ { object = $1; sub(/:$/, "", object) }
    {
        section = ""
        for (i = 1; i <= NF; i++)
            if ($i ~ /^(\.(data|bss|tdata|tbss)(\.|$)|\*COM\*)/ && $i !~ /^\.data\.rel\.ro/)
                section = $i
    }
    section != "" && $NF != section && $NF != "handled_slot" { print object ": " $NF " in " section }')
if [ -n "$mutable" ]; then
    complain "data that can change in the library:"
    echo "$mutable" >&2
fi

# A symbol may be missing from the table; a section with a size cannot.
sections=$(objdump -h "$library" 2>/dev/null | awk '
    /file format/ { object = $1; sub(/:$/, "", object) }
    object == "running.o" && $2 == ".bss" && $3 ~ /^0*8$/ { next }
    $2 ~ /^\.(data|bss|tdata|tbss)(\.|$)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ {
        print object ": " $2 " has 0x" $3 " bytes"
    }')
if [ -n "$sections" ]; then
    complain "sections that can change in the library:"
    echo "$sections" >&2
fi

[ $wrong -eq 0 ] && echo "layers: $(echo "$files" | wc -l) files, no include across layers, no mutable data"
exit $wrong
