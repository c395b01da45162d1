/* The file of HTTP_TOKEN_FILE up to a byte ff, and after it the header that is to show what is in it. */
#include "../../common/http/token.h"

#include "fuzz.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRET = 16 };       /* shorter ones may stand in any message by chance */

static void
check_header(const struct token *token, const char *header)
{
    char right[TOKEN_MAX + 20];
    size_t size = strlen(token->text);

    snprintf(right, sizeof(right), "bEARER  %s", token->text);
    MUST(size > 0 && size <= TOKEN_MAX && token_matches(token, right), "the token does not match itself");
    right[8 + size - 1] ^= 1;
    MUST(!token_matches(token, right), "another token matches");
    snprintf(right, sizeof(right), "Bearer %.*s", (int)size - 1, token->text);
    MUST(!token_matches(token, right), "half a token matches");
    if (token_matches(token, header))
        MUST(strlen(header) >= 7 + size && strcmp(header + strlen(header) - size, token->text) == 0, "what matches: %s", header);
}

void
fuzz_token(const char *bytes, size_t size)
{
    struct input input = input_of(bytes, size);
    struct piece piece = { "", 0 };
    char path[INPUT_PATH], *error = NULL, *header;
    struct token token;
    int file;

    input_take(&input, '\xff', &piece);
    file = input_file(piece.bytes, piece.size, path);
    header = piece_text(&(struct piece){ input.next, input.size });
    if (token_read(&token, path, &error) == 0)
        check_header(&token, header);
    else
        MUST(error != NULL && (piece.size < SECRET || !text_shows(error, piece.bytes, piece.size)),
             "refused, and why is not said, or too much: %s", error);
    free(error);
    free(header);
    close(file);
}
