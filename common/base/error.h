/* Why something could not be opened: text for whoever prints it. Libraries report, programs print. */
#ifndef ERROR_H
#define ERROR_H

/* Sets *error to new memory (the caller's to free) and answers -1. */
int error_set(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
