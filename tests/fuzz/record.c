/* Records of Kafka, as text with a byte ff between them (record_text.h), to the intake of each service that reads their topic:
 * each is handled, passed over or set aside, once. What was set aside comes back from its topic, and is redriven. */
#include "../../common/base/memory.h"
#include "../../common/redrive.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/outbox.h"
#include "fuzz.h"
#include "members.h"
#include "record_text.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 6, LETTERS = 4, AGAIN = 1000 };

/* ---- records as bytes, and back ---- */

static bool
same_bytes(const char *one, size_t one_size, const char *other, size_t other_size)
{
    return (one == NULL) == (other == NULL) && one_size == other_size && (one_size == 0 || memcmp(one, other, one_size) == 0);
}

static void
must_be_same(const struct record *one, const struct record *other)
{
    MUST(same_bytes(one->key, one->key_size, other->key, other->key_size), "the key is another one");
    MUST(same_bytes(one->value, one->value_size, other->value, other->value_size), "the value is another one");
    MUST(one->header_count == other->header_count, "%d headers, not %d", other->header_count, one->header_count);
    for (int i = 0; i < one->header_count; i++)
        MUST(strcmp(one->headers[i].name, other->headers[i].name) == 0
             && same_bytes(one->headers[i].value, one->headers[i].size, other->headers[i].value, other->headers[i].size),
             "header %d (%s) is another one", i, one->headers[i].name);
}

static void
check_packing(const struct record *record)
{
    struct record unpacked = { .offset = 0 };
    struct arena arena;
    const char *packed;
    size_t size;

    arena_init(&arena);
    packed = record_pack(record, &arena, &size);
    MUST(record_unpack(packed, size, &arena, &unpacked) == 0, "what was packed cannot be unpacked");
    must_be_same(record, &unpacked);
    arena_release(&arena);
}

/* ---- dead letters ---- */

struct letters {
    struct arena *arena;
    struct record records[LETTERS];
    int count;
};

/* As the relay would send it. */
static bool
collect(void *context, int64_t seq, const struct envelope *out)
{
    struct letters *letters = context;
    struct record *record = &letters->records[letters->count];

    (void)seq;
    if (out->packed == NULL)
        return true;
    MUST(letters->count++ < LETTERS, "more dead letters than records");
    *record = (struct record){ .topic = out->topic, .partition = out->partition, .offset = 1, .timestamp = out->time };
    MUST(record_unpack(arena_bytes(letters->arena, out->packed, out->packed_size), out->packed_size, letters->arena, record) == 0,
         "a dead letter that cannot be sent");
    return true;
}

/* It says what was set aside and where it stood; its own service keeps it. */
static void
come_back(struct member *member, struct arena *arena, const struct record *letter, const struct record *record)
{
    static const char kept[] = "SELECT count(*) FROM dead_letter WHERE state = 'OPEN' AND value IS :value AND key IS :key";
    struct dead_letter read;

    MUST(dead_letter_read(letter, member->how.group, arena, &read), "a dead letter of ours is none of ours");
    must_be_same(record, &read.record);
    MUST(read.record.topic == record->topic && read.record.partition == record->partition && read.record.offset == record->offset
         && read.record.timestamp == record->timestamp, "it stood in another place");
    MUST(member_hear(member, letter).how == TAKEN, "a dead letter of ours is passed over");
    if (record_id(record) == NULL)      /* else one of the same id may have been kept before */
        MUST(db_number(member->core.db, kept, FIELDS(BLOB("value", record->value, record->value_size),
                                                     BLOB("key", record->key, record->key_size)), 0) >= 1, "it is not kept");
    db_end_cause(member->core.db);
}

static void
redrive_all(struct member *member, struct arena *arena)
{
    struct db *db = member->core.db;
    int64_t last = kept_number(db, "SELECT coalesce(max(dead_letter_id), 0) FROM dead_letter");

    for (int64_t id = 1; id <= last; id++) {
        struct redrive result = redrive_letter(&member->core, id, clock_now_ms(members_clock()), arena);

        MUST(result.how != REDRIVE_LOST && group_commit(member->core.group), "%s", db_failure_text(db));
        db_end_cause(db);
    }
}

/* ---- one record, one service ---- */

static int64_t
letters_set_aside(const struct member *member)
{
    return (int64_t)intake_stats(member->intake)->dead_letters;
}

static int64_t
said(const struct member *member)
{
    return kept_number(member->core.db, "SELECT coalesce(max(seq), 0) FROM outbox");
}

/* It was handled: once more, it changes nothing. */
static void
hear_again(struct member *member, const struct record *record)
{
    struct record again = *record;
    int64_t before = said(member), letters = letters_set_aside(member);

    again.offset += AGAIN;
    MUST(member_hear(member, &again).how == TAKEN && said(member) == before && letters_set_aside(member) == letters,
         "a duplicate has an effect");
}

static void
hear(struct member *member, struct arena *arena, const struct record *record)
{
    int64_t before = said(member), set_aside = letters_set_aside(member);
    struct letters letters = { .arena = arena };
    struct taken taken = member_hear(member, record);

    MUST(taken.how == TAKEN || taken.how == TAKEN_SKIPPED, "%s is neither done nor passed over: %d", record_type(record), taken.how);
    MUST(taken.how == TAKEN || said(member) == before, "passed over, and said something");
    outbox_read(member->core.db, before, 100, collect, &letters);
    db_end_cause(member->core.db);
    MUST(letters.count == letters_set_aside(member) - set_aside && letters.count <= 1, "%d dead letters", letters.count);
    if (letters.count == 1)
        come_back(member, arena, &letters.records[0], record);
    else if (taken.how == TAKEN)
        hear_again(member, record);
}

/* ---- all of it ---- */

/* What must be true of their rows, whatever was said to them. */
static void
check_invariants(void)
{
    static const struct {
        enum which which;
        const char *says, *sql;
    } invariants[] = {
        { PAYMENT, "a balance is the sum of its ledger",
          "SELECT count(*) FROM account WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM ledger"
          " WHERE ledger.customer_id = account.customer_id)" },
        { PAYMENT, "money moves as payments say",
          "SELECT count(*) FROM payment WHERE (status = 'COMPLETED' OR status = 'REFUNDED') <>"
          "   EXISTS (SELECT 1 FROM ledger WHERE ledger.order_id = payment.order_id AND kind = 'CHARGE') OR (status = 'REFUNDED') <>"
          "   EXISTS (SELECT 1 FROM ledger WHERE ledger.order_id = payment.order_id AND kind = 'REFUND')" },
        { PAYMENT, "a ledger's order has a payment",
          "SELECT count(*) FROM ledger WHERE order_id IS NOT NULL AND order_id NOT IN (SELECT order_id FROM payment)" },
        { ORDER, "an order's amount stays", "SELECT count(*) FROM orders WHERE amount <> 2500 OR currency <> 'EUR'" },
        { ORDER, "there are no more orders", "SELECT count(*) <> 5 FROM orders" },
        { ORDER, "a closed order has an end",
          "SELECT count(*) FROM orders WHERE closed_at IS NOT NULL AND status = 'CREATED'" },
        { ORDER, "events are JSON", "SELECT count(*) FROM outbox WHERE packed IS NULL AND NOT json_valid(data)" },
        { PAYMENT, "events are JSON", "SELECT count(*) FROM outbox WHERE packed IS NULL AND NOT json_valid(data)" },
        { NOTIFY, "events are JSON", "SELECT count(*) FROM outbox WHERE packed IS NULL AND NOT json_valid(data)" },
        { NOTIFY, "on the console nothing is pending", "SELECT count(*) FROM notification WHERE status = 'PENDING'" },
    };

    for (size_t i = 0; i < sizeof(invariants) / sizeof(invariants[0]); i++)
        MUST(kept_number(member_of(invariants[i].which)->core.db, invariants[i].sql) == 0, "%s", invariants[i].says);
}

static void
hear_everywhere(const struct record *record)
{
    struct arena arena;

    arena_init(&arena);
    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = member_of((enum which)i);

        if (service_hears(member->core.service, (enum topic)(record->topic % TOPICS)))
            hear(member, &arena, record);
    }
    arena_release(&arena);
}

void
fuzz_record(const char *bytes, size_t size)
{
    struct input input = input_of(bytes, size);
    struct piece piece;
    struct arena arena;

    arena_init(&arena);
    for (int i = 0; i < RECORDS && input_take(&input, '\xff', &piece); i++) {
        struct record_text text;

        if (record_text_read(&text, &piece)) {
            text.record.offset += i;
            check_packing(&text.record);
            hear_everywhere(&text.record);
        }
        record_text_release(&text);
    }
    for (int i = 0; i < MEMBERS; i++)
        redrive_all(member_of((enum which)i), &arena);
    check_invariants();
    members_put_back();
    arena_release(&arena);
}
