/* Whose a request is: a customer's or an order's. Shards are told apart by it. */
#ifndef OWNER_H
#define OWNER_H

struct db;
struct request;

enum whose { ANYBODYS, A_CUSTOMERS, AN_ORDERS };

/* A column of the table of routes: whose the requests are, and where they name them. */
struct owner {
    enum whose whose;
    const char *in_body;        /* field of the body; NULL: not there … */
    const char *in_query;       /* … but in this parameter; NULL: in the {…} of the path */
};

/* The shard that a request belongs to; -1 if it is anybody's, or names no customer and no order that could exist, which its
 * handler will say. */
int owner_shard(const struct owner *owner, struct db *db, const struct request *request);

#endif
