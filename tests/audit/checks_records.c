/* What the topics hold: all that was said, nothing else, in order. What a broker has forgotten decides nothing. */
#include "checks_private.h"

#include <stddef.h>

/* The record may have been in a part of the log that is gone by now. */
#define MAY_BE_GONE(topic, partition, seq) \
    "seq <= ifnull((SELECT until FROM gone g WHERE g.topic = " topic " AND g.partition = " partition "), -1)"

#define PLACE "format('record:%d/%d/%d', r.topic, r.partition, r.record_offset)"
#define PLACE_FOR_PEOPLE \
    "format('%s/%d offset %d', (SELECT name FROM topic t WHERE t.topic = r.topic), r.partition, r.record_offset)"

const struct check checks_of_records[] = {

    { "published", EVENTS | RECORDS, &examined_sent, "are on the topic of who said them, as are dead letters",
      "SELECT subject, format('%s said %s, the broker took it, and it is not on %s', service, type, name),"
      "       NOT known OR " MAY_BE_GONE("speaker.topic", "said.partition", "said.seq") ", event_id"
      "  FROM said JOIN speaker USING (service)"
      " WHERE NOT moved AND seq <= cursor"
      "   AND NOT EXISTS (SELECT 1 FROM record r WHERE r.event_id = said.event_id AND r.topic = speaker.topic)"
      " UNION ALL "
      "SELECT NULL, format('%s set %s aside, the broker took it, and it is not on %s', service, about, topic.name),"
      "       NOT known OR EXISTS (SELECT 1 FROM log l WHERE l.topic = said.topic AND l.partition = said.partition"
      "                               AND low > 0), NULL"
      "  FROM letter_said AS said JOIN speaker USING (service) JOIN topic ON topic.topic = said.topic"
      " WHERE seq <= cursor"
      "   AND NOT EXISTS (SELECT 1 FROM record r WHERE r.event_id = said.event_id AND r.topic = said.topic"
      "                      AND r.partition = said.partition)" },

    /* What a service has set aside it has at least not believed. Types that no service of ours has are somebody else's, or a
     * newer version's: they are skipped there, and listed here. */
    { "backed", EVENTS | RECORDS, &examined_records, "were said by somebody: an outbox has their row",
      "SELECT key, format('%s %s on %s: nobody has said it', ifnull(type, 'a record'), event_id, " PLACE_FOR_PEOPLE "),"
      "       CASE WHEN EXISTS (SELECT 1 FROM letter JOIN topic t ON t.name = letter.topic"
      "                          WHERE (t.topic, letter.partition, record_offset) = (r.topic, r.partition, r.record_offset)"
      "                             OR letter.event_id = r.event_id) THEN 2"
      "            ELSE event_id <> '' AND " MAY_BE_PRUNED("event_id") " END, " PLACE
      "  FROM record r WHERE r.topic < 3 AND (type IS NULL OR type IN known)"
      "   AND NOT EXISTS (SELECT 1 FROM said WHERE said.event_id = r.event_id)"
      " UNION ALL "
      "SELECT NULL, format('a dead letter on %s: nobody has set it aside', " PLACE_FOR_PEOPLE "),"
      "       EXISTS (SELECT 1 FROM pruned), NULL"          /* it has no id that tells when it was said */
      "  FROM record r"
      " WHERE r.topic >= 3 AND NOT EXISTS (SELECT 1 FROM letter_said WHERE letter_said.event_id = r.event_id)" },

    { "as-said", EVENTS | RECORDS, &examined_records, "are what their rows say: topic, partition, key, type and value",
      "SELECT subject, format('%s %s on %s is not what %s said: it has another %s', r.type, event_id, " PLACE_FOR_PEOPLE ","
      "                       service, CASE WHEN r.topic <> speaker.topic THEN 'topic'"
      "                                     WHEN r.partition <> said.partition THEN 'partition'"
      "                                     WHEN r.key IS NOT subject THEN 'key'"
      "                                     WHEN r.type IS NOT said.type THEN 'type'"
      "                                     ELSE 'value, subject, cause or version' END), 0, event_id"
      "  FROM record r CROSS JOIN said USING (event_id) JOIN speaker USING (service)"
      " WHERE r.topic <> speaker.topic OR r.partition <> said.partition OR r.key IS NOT subject OR r.type IS NOT said.type"
      "    OR r.content <> said.content" },

    /* Only what stands before another partition's earlier row can have overtaken it: the few such are looked at. A log that
     * was begun anew has what was under way first, and everything, that included, after it. */
    { "in-order", EVENTS | RECORDS, &examined_records, "stand first in the order in which they were said, key by key",
      "WITH first AS ("
      "  SELECT event_id, topic, partition, min(record_offset) AS at FROM record WHERE topic < 3"
      "   GROUP BY event_id, topic, partition),"
      " reached AS ("                           /* narrow: it is sorted */
      "  SELECT said.rowid AS row, seq, first.topic AS topic, first.partition AS partition, at,"
      "         max(at) OVER (PARTITION BY first.topic, first.partition ORDER BY seq) AS reached"
      "    FROM first CROSS JOIN said USING (event_id)),"
      " pair AS ("
      "  SELECT b.subject, b.service, b.type, b.event_id, late.topic, late.partition, at, a.seq AS before, a.type AS of,"
      "         (SELECT min(record_offset) FROM record r WHERE r.event_id = a.event_id AND r.topic = late.topic"
      "             AND r.partition = late.partition) AS late"
      "    FROM (SELECT * FROM reached WHERE at < reached) AS late CROSS JOIN said AS b ON b.rowid = late.row"
      "         JOIN said AS a ON a.subject = b.subject AND a.service = b.service AND a.seq < b.seq)"
      "SELECT subject, format('%s at offset %d stands before %s at offset %d, which %s had said earlier', type, at, of, late,"
      "                       service),"
      "       NOT known OR before <= ifnull((SELECT until FROM gone g WHERE g.topic = pair.topic"
      "                                         AND g.partition = pair.partition), -1)"
      "       OR (EXISTS (SELECT 1 FROM forgetful)"
      "           AND EXISTS (SELECT 1 FROM record r WHERE r.event_id = pair.event_id AND r.topic = pair.topic"
      "                          AND r.partition = pair.partition AND record_offset > late)), event_id"
      "  FROM pair JOIN speaker USING (service) WHERE at < late" },

    { "positions", EVENTS | RECORDS, &examined_positions, "lie within what the topics hold",
      "SELECT NULL, format('%s has read %s/%d up to offset %d, and it ends at %d', service, read_to.topic, partition,"
      "                    next_offset, high)"
      "  FROM read_to JOIN topic ON name = read_to.topic JOIN log USING (partition)"
      " WHERE log.topic = topic.topic AND next_offset > high" },

    { .name = NULL },
};
