/* acls.c: grants or revokes access control entries, all in one request, and waits until they are in force: the controller
 * answers before its brokers have heard. Compiled and run by ./acls: a JVM takes a second or two for each entry of another
 * kind. */
#include "properties.h"

enum { ENTRIES = 200, ANSWER_MS = 30000, IN_FORCE_MS = 30000, LOOK_EVERY_MS = 20 };

static rd_kafka_AclBinding_t *entries[ENTRIES];
static size_t count;

static rd_kafka_AclOperation_t
operation_of(const char *name)
{
    for (int i = RD_KAFKA_ACL_OPERATION_ALL; i < RD_KAFKA_ACL_OPERATION__CNT; i++)
        if (strcasecmp(name, rd_kafka_AclOperation_name((rd_kafka_AclOperation_t)i)) == 0)
            return (rd_kafka_AclOperation_t)i;
    return RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

/* "User:x Read topic orders": from any host. */
static int
read_entry(const char *line, bool add)
{
    char who[128], operation[32], type[16], name[256], error[256];
    rd_kafka_ResourceType_t resource;

    if (count == ENTRIES || sscanf(line, "%127s %31s %15s %255s", who, operation, type, name) != 4)
        return -1;
    resource = strcmp(type, "topic") == 0 ? RD_KAFKA_RESOURCE_TOPIC
               : strcmp(type, "group") == 0 ? RD_KAFKA_RESOURCE_GROUP : RD_KAFKA_RESOURCE_UNKNOWN;
    entries[count] = (add ? rd_kafka_AclBinding_new : rd_kafka_AclBindingFilter_new)(
        resource, name, RD_KAFKA_RESOURCE_PATTERN_LITERAL, who, "*", operation_of(operation),
        RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, error, sizeof error);
    return entries[count] == NULL ? -1 : (count++, 0);
}

/* How many were refused; says why. */
static int
read_created(rd_kafka_event_t *answer)
{
    size_t results_count;
    const rd_kafka_acl_result_t **results =
        rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(answer), &results_count);
    int refused = 0;

    for (size_t i = 0; i < results_count; i++)
        if (rd_kafka_acl_result_error(results[i]) != NULL) {
            fprintf(stderr, "acls: %s\n", rd_kafka_error_string(rd_kafka_acl_result_error(results[i])));
            refused++;
        }
    return refused;
}

static int
read_deleted(rd_kafka_event_t *answer)
{
    size_t results_count;
    const rd_kafka_DeleteAcls_result_response_t **results =
        rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(answer), &results_count);
    int refused = 0;

    for (size_t i = 0; i < results_count; i++)
        if (rd_kafka_DeleteAcls_result_response_error(results[i]) != NULL) {
            fprintf(stderr, "acls: %s\n", rd_kafka_error_string(rd_kafka_DeleteAcls_result_response_error(results[i])));
            refused++;
        }
    return refused;
}

/* Grants or revokes. */
static int
change(rd_kafka_t *rk, bool add)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *answer;
    int refused = 1;

    if (add)
        rd_kafka_CreateAcls(rk, entries, count, NULL, queue);
    else
        rd_kafka_DeleteAcls(rk, entries, count, NULL, queue);
    answer = rd_kafka_queue_poll(queue, ANSWER_MS);
    if (answer == NULL || rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fprintf(stderr, "acls: %s\n", answer == NULL ? "no answer" : rd_kafka_event_error_string(answer));
    else
        refused = add ? read_created(answer) : read_deleted(answer);
    if (answer != NULL)
        rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(queue);
    return refused;
}

static bool
is_same(const rd_kafka_AclBinding_t *a, const rd_kafka_AclBinding_t *b)
{
    return strcmp(rd_kafka_AclBinding_name(a), rd_kafka_AclBinding_name(b)) == 0 &&
           strcmp(rd_kafka_AclBinding_principal(a), rd_kafka_AclBinding_principal(b)) == 0 &&
           strcmp(rd_kafka_AclBinding_host(a), rd_kafka_AclBinding_host(b)) == 0 &&
           rd_kafka_AclBinding_restype(a) == rd_kafka_AclBinding_restype(b) &&
           rd_kafka_AclBinding_resource_pattern_type(a) == rd_kafka_AclBinding_resource_pattern_type(b) &&
           rd_kafka_AclBinding_operation(a) == rd_kafka_AclBinding_operation(b) &&
           rd_kafka_AclBinding_permission_type(a) == rd_kafka_AclBinding_permission_type(b);
}

/* How many of our entries stand in what the broker showed. */
static size_t
count_shown(rd_kafka_event_t *answer)
{
    size_t shown_count, found = 0;
    const rd_kafka_AclBinding_t **shown =
        rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(answer), &shown_count);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < shown_count; j++)
            if (is_same(entries[i], shown[j])) {
                found++;
                break;
            }
    return found;
}

/* Whether the broker goes by them: all are there, or none. -1: it does not say. */
static int
look(rd_kafka_t *rk, bool add)
{
    char error[256] = "";
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_AclBindingFilter_t *all =
        rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_ANY, NULL, RD_KAFKA_RESOURCE_PATTERN_ANY, NULL, NULL,
                                      RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ANY, error, sizeof error);
    rd_kafka_event_t *answer;
    int in_force = -1;

    rd_kafka_DescribeAcls(rk, all, NULL, queue);
    answer = rd_kafka_queue_poll(queue, ANSWER_MS);
    if (answer == NULL || rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fprintf(stderr, "acls: %s\n", answer == NULL ? "no answer" : rd_kafka_event_error_string(answer));
    else
        in_force = count_shown(answer) == (add ? count : 0);
    if (answer != NULL)
        rd_kafka_event_destroy(answer);
    rd_kafka_AclBinding_destroy(all);
    rd_kafka_queue_destroy(queue);
    return in_force;
}

static int
wait_until_in_force(rd_kafka_t *rk, bool add)
{
    for (int waited = 0; waited < IN_FORCE_MS; waited += LOOK_EVERY_MS) {
        int in_force = look(rk, add);

        if (in_force != 0)
            return in_force == 1 ? 0 : -1;
        rd_kafka_poll(rk, LOOK_EVERY_MS);
    }
    fprintf(stderr, "acls: the broker does not go by them after %d s\n", IN_FORCE_MS / 1000);
    return -1;
}

/* argv: HOST:PORT add|remove; the entries are lines of standard input. */
int
main(int argc, char **argv)
{
    char reason[512] = "HOST:PORT and add or remove are wanted", line[512];
    bool add = argc == 3 && strcmp(argv[2], "add") == 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk = NULL;
    int status;

    while (fgets(line, sizeof line, stdin) != NULL)
        if (read_entry(line, add) != 0) {
            fprintf(stderr, "acls: expected WHO OPERATION topic|group NAME: %s", line);
            return 2;
        }
    if (argc == 3 && read_properties(conf, reason, sizeof reason) == 0 &&
        rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof reason) == RD_KAFKA_CONF_OK)
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (rk == NULL) {
        fprintf(stderr, "acls: cannot start: %s\n", reason);
        return 1;
    }
    status = change(rk, add) == 0 && wait_until_in_force(rk, add) == 0 ? 0 : 1;
    if (status == 0)
        printf("acls %s entries=%zu\n", add ? "granted" : "revoked", count);
    rd_kafka_AclBinding_destroy_array(entries, count);
    rd_kafka_destroy(rk);
    return status;
}
