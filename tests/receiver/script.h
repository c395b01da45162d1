/* The words that a customer's id is made of: what each has the receiver answer. receiver.h lists them. */
#ifndef SCRIPT_H
#define SCRIPT_H

enum { WORD = 20 };

struct evbuffer;

/* The n-th word between dashes, counted from 1, or the last one. 200 for a name that does not begin with a word. */
void script_word(const char *customer, int n, char word[WORD]);
/* The answer that a word stands for; not of hang, late, close and reset, which are none. */
void script_answer(struct evbuffer *output, const char *word);

#endif
