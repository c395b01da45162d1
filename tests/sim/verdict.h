/* Judges a run that has come to rest: the auditor's checks on the databases and the broker's log, and what only a simulation
 * can know. */
#ifndef VERDICT_H
#define VERDICT_H

/* Complains of each violation, with the timelines of the orders concerned. */
void verdict(void);

#endif
