/* Who answers the commands: what commands.c refers to. One file for each noun. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "command.h"

/* The service's end. */
admin_handler admin_status, admin_ready;                                                            /* admin_status.c */
admin_handler admin_outbox_list, admin_outbox_show, admin_outbox_retry, admin_outbox_skip, admin_outbox_republish;
admin_handler admin_dead_letters_list, admin_dead_letters_show, admin_dead_letters_redrive, admin_dead_letters_discard;
admin_handler admin_consumer_pause, admin_consumer_resume, admin_consumer_reset;
admin_handler admin_cluster_adopt;
admin_handler admin_fault_set, admin_fault_list, admin_fault_clear;
admin_handler admin_timeline, admin_shard, admin_backup;

/* The operator's end, of those that are more than one request. */
ctl_runner ctl_redrive, ctl_backup;

#endif
