/* number.h: whole numbers in arguments and commands. */
#ifndef DEVBROKER_NUMBER_H
#define DEVBROKER_NUMBER_H

/* Reads all of `text` as a decimal number from `low` to `high` into *number. Returns 0, or -1 if it is anything else. */
int number_parse(const char *text, int low, int high, int *number);

#endif
