# What the benchmarks share: rows of figures, the load driver, processor time, the audit at the end. Sourced after deploy/set.sh.
# shellcheck shell=bash

row() { printf '  %-54s %s\n' "$1" "$2"; }
floor_of() { sed -n "s/^$1=//p" "$SET_DIR/floor"; }
json() { jq -r "$2" "$SET_DIR/$1.json"; }

describe_machine() {
    row "machine" "$(nproc) cores, $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r), load average $(cut -d ' ' -f 1 /proc/loadavg)"
    row "built with" "$("${CC:-gcc}" --version | head -n 1)"
    row "libraries" "$("$BUILD/order-svc" --version)"
    row "commit" "$(git -C "$ROOT" describe --always --dirty 2>/dev/null || echo unknown)"
    row "services" "synchronous=FULL, $PARTITIONS partitions, all settings as they are by default"
}

# ---- figures ----

# middle NUMBER...: the median
middle() { printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"; }
# median NUMBER...: "MEDIAN (LEAST to MOST)"
median() {
    local sorted
    mapfile -t sorted < <(printf '%s\n' "$@" | sort -g)
    if (($# == 1)); then echo "$1"; else echo "${sorted[$((($# - 1) / 2))]} (${sorted[0]} to ${sorted[-1]})"; fi
}

# ---- processes ----

# Processor time that a process has used, in µs.
cpu_us() {
    local fields
    read -ra fields < <(sed 's/.*) //' "/proc/$1/stat")
    echo $(((fields[11] + fields[12]) * 1000000 / $(getconf CLK_TCK)))
}
rss_mb() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

# each_service COMMAND: its answer about the pid of each process
each_service() {
    local name all=
    for name in "${SERVICES[@]}"; do all+=" / $("$1" "${PID[$name]}")"; done
    echo "${all# / }"
}

declare -A CPU_BEFORE
count_cpu() {
    local name
    for name in broker "${SERVICES[@]}"; do CPU_BEFORE[$name]=$(cpu_us "${PID[$name]}"); done
}
# cpu_per_order SERVICE ORDERS: µs since count_cpu, of all its shards
cpu_per_order() {
    local name sum=0
    for name in broker "${SERVICES[@]}"; do
        [[ ${name%.*} != "$1" ]] || sum=$((sum + $(cpu_us "${PID[$name]}") - CPU_BEFORE[$name]))
    done
    echo $((sum / $2))
}

# ---- the driver ----

# play NAME ARGUMENT...: its summary in NAME.json
play() {
    local name=$1
    shift
    "$BUILD/load" --order "$ORDER_URL" --payment "$PAYMENT_URL" --notify "$NOTIFY_URL" --flow "$ROOT/tests/load/flows/happy.flow" \
        --notified "$BROKERS" --seed "$SRANDOM" --quiet --json "$SET_DIR/$name.json" "$@" >"$SET_DIR/$name.log" 2>&1 ||
        { cat "$SET_DIR/$name.log"; die "the load driver is not content"; }
}

# ---- at the end ----

# metric URL NAME
metric() { curl -sS "$1/metrics" | awk -v name="$2" '$1 == name { print $2 }'; }
group_size() {
    local url=${ORDER_URL%%,*}
    echo $(($(metric "$url" group_commit_size_sum) / $(metric "$url" group_commit_size_count)))
}

audit_all() {
    local out
    until_true 120 is_quiet || die "not all orders have come to their end within two minutes"
    # shellcheck disable=SC2046 # one word for each option
    out=$("$BUILD/audit" $(audited) --brokers "$BROKERS" 2>&1) || die "$out"
    row "audit, with topics" "$(tail -n 1 <<<"$out")"
}
