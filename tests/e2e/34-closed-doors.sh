#!/usr/bin/env bash
# Goal: nothing of a set listens beyond loopback, brokers included; what the services create is their user's alone; another
# local user opens neither the operators' socket nor the database.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
umask 000                   # the worst there is: what is private must not depend on it
set_new
chmod 700 "$SET_DIR"

# ---- helpers ----

# sockets PID: addresses, in hexadecimal, of the process's TCP sockets that listen and UDP sockets that are bound
sockets() {
    local inodes
    inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
    awk -v inodes="$inodes" '
        BEGIN { n = split(inodes, list, "\n"); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
        ($10 in ours) && ($4 == "0A" || (FILENAME ~ /udp/ && $3 ~ /:0000$/)) { print $2 }
    ' "/proc/$1/net/tcp" "/proc/$1/net/tcp6" "/proc/$1/net/udp" "/proc/$1/net/udp6"
}
# 127.0.0.0/8, ::1, and the same as Java has it: ::ffff:127.0.0.1
loopback='^(......7F|00000000000000000000000001000000|0000000000000000FFFF0000......7F):'
# children PID...: these and all below them
descendants() {
    local pid child
    for pid; do
        echo "$pid"
        for child in $(cat "/proc/$pid/task"/*/children 2>/dev/null); do descendants "$child"; done
    done
}
# listen_on_loopback COUNT PID...: at least so many sockets, and all of them there
listen_on_loopback() {
    local pid found
    found=$(for pid in $(descendants "${@:2}"); do sockets "$pid"; done)
    (($(grep -c . <<<"$found") >= $1)) && ! grep -qvE "$loopback" <<<"$found"
}

# ---- what listens ----

set_start
"$BUILD/receiver" 0 1000 >"$SET_DIR/receiver.log" 2>&1 &
BESIDE+=($!)
account alice 1000
load_beside --seconds 3 --clients 4
for name in order payment notify; do eventually "$name-svc is well" is_well "$name"; done
until_true 30 eval '[[ -s $SET_DIR/receiver.log ]] || ! kill -0 "${BESIDE[0]}"' || true
wait_for_load
for name in order payment notify broker; do
    check "$name listens on loopback only" listen_on_loopback 1 "${PID[$name]}"
done
if [[ $BROKER == kafka ]]; then
    check "Kafka and its controller do, and nothing like JMX beside them" \
        test "$(for pid in $(descendants "${PID[broker]}"); do sockets "$pid"; done | wc -l)" == 2
fi
check "so does the receiver of webhooks" listen_on_loopback 1 "${BESIDE[0]}"
DATA_DIR=$SET_DIR/everywhere HTTP_ADDRESS=0.0.0.0 HTTP_PORT=0 KAFKA_BROKERS=127.0.0.1:1 "$BUILD/notify-svc" 2>"$SET_DIR/everywhere.log" &
BESIDE+=($!)
eventually "a service that is told to listen everywhere starts" grep -q msg=started "$SET_DIR/everywhere.log"
check "and this test notices" eval '! listen_on_loopback 1 "${BESIDE[-1]}"'
open_mode() { [[ $(stat -c %a "$SET_DIR/everywhere") == 700 ]]; }
check "its folder is private, whatever the umask" open_mode

# ---- what is created ----

ctl order backup "$SET_DIR/order-svc/copy.db" >/dev/null
files=$(find "$SET_DIR"/{order,payment,notify}-svc ! -type d | wc -l)
equal "there are databases, logs, locks, sockets, a backup: nothing is open to others" "" \
    "$(find "$SET_DIR"/{order,payment,notify}-svc \( -type d ! -perm 700 -o ! -type d ! -perm 600 \) -printf '%M %p\n')"
check "of $files files" test "$files" -ge 16
echo "      $(find "$SET_DIR/order-svc" ! -type d -printf '%f ')"
[[ $BROKER != embedded ]] ||
    equal "so is the control socket of the embedded broker" "600 socket" "$(stat -c '%a %F' "$SET_DIR/broker.ctl")"

# ---- another user ----

if ((EUID != 0)); then echo "  not seen: becoming another user needs root"; exit; fi
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
data=$SET_DIR/order-svc
# denies WHAT COMMAND...: as nobody, for want of permission
denies() {
    local what=$1 said
    shift
    said=$(nobody "$@" 2>&1) && fail "$what: it could: $said"
    [[ ${said,,} == *"permission denied"* || ${said,,} == *"couldn't connect"* || $said == *"unable to open"* ]] || fail "$what: $said"
    ok "$what"
}
chmod 711 "$SET_DIR"        # the way to the data folder is open …
mkdir "$SET_DIR/bin"
cp "$BUILD/order-svc" "$SET_DIR/bin/"
ask=(curl -sS --max-time 20 --unix-socket "$data/order-svc.sock" http://localhost/status)
look() {
    denies "another user cannot list the data folder$1" ls "$data"
    denies "nor read the database$1" cat "$data/order-svc.db"
    denies "nor its log$1" cat "$data/order-svc.db-wal"
    denies "nor ask the operators' socket$1" "${ask[@]}"
    denies "nor use ctl$1" "$SET_DIR/bin/order-svc" --data-dir "$data" ctl status
    denies "nor write the lock$1" dd if=/dev/null of="$data/order-svc.lock" conv=notrunc
    denies "nor leave a file$1" touch "$data/file"
}
check "the owner's curl gets an answer" "${ask[@]}" -o /dev/null
look ""
# … and if the folder were open as well, each file would still be closed.
chmod 711 "$data"
look ", were the folder open"
chmod 700 "$data"
denies "nor start on a folder of another user" env HTTP_PORT=0 DATA_DIR="$data" "$SET_DIR/bin/order-svc"
chmod 700 "$SET_DIR"
audit
