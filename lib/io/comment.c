/* SPDX-License-Identifier: MIT */
#include "io/comment.h"

#include <string.h>

#include "base/number.h"

static void skip_blanks(eqfi_slice *rest)
{
    while (rest->begin < rest->end && eqfi_is_blank(*rest->begin)) rest->begin++;
}

static bool contains(eqfi_slice slice, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = slice.begin; (size_t)(slice.end - at) >= length; at++)
        if (memcmp(at, word, length) == 0) return true;
    return false;
}

/* Where the text that opens at `at` closes, or NULL: quotes end at the same quote, brackets at their match outside of
 * double quotes; a backslash hides the next character. */
static const char *find_close(const char *at, const char *end)
{
    char open = *at, close = open == '{' ? '}' : open == '[' ? ']' : open;
    bool nests = close != open, quoted = false;
    int depth = 1;
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (nests && *at == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (nests && *at == open)
            depth++;
        else if (*at == close && --depth == 0)
            return at;
    }
    return NULL;
}

static void append(eqfi_comment *comment, char c) { comment->text[comment->used++] = c; }

static size_t keep(eqfi_comment *comment, eqfi_slice slice, bool escaped)
{
    size_t place = comment->used;
    for (const char *at = slice.begin; at < slice.end; at++) {
        bool hidden = escaped && *at == '\\' && at + 1 < slice.end;
        if (hidden) at++;
        append(comment, hidden && *at == 'n' ? '\n' : *at);
    }
    append(comment, '\0');
    return place;
}

/* Takes a key or a value, up to a blank or, for a key, '='. *closed becomes false if a quote does not end: from there on
 * quotes are ordinary characters. */
static size_t take(eqfi_comment *comment, eqfi_slice *rest, bool is_key, bool *closed)
{
    const char *at = rest->begin;
    if (*closed && at < rest->end && strchr(is_key ? "\"'" : "\"'{[", *at) != NULL && *at != '\0') {
        const char *close = find_close(at, rest->end);
        if (close != NULL) {
            rest->begin = close + 1;
            if (*at == '[') return keep(comment, (eqfi_slice){at, close + 1}, false);
            return keep(comment, (eqfi_slice){at + 1, close}, *at != '{');
        }
        *closed = false;
    }
    while (at < rest->end && !eqfi_is_blank(*at) && !(is_key && *at == '=')) at++;
    eqfi_slice word = {rest->begin, at};
    rest->begin = at;
    return keep(comment, word, false);
}

/* After "key =" and blanks, "next=..." is another pair. */
static bool begins_pair(eqfi_slice rest)
{
    const char *at = rest.begin;
    if (at == rest.end || strchr("\"'{[", *at) != NULL) return false;
    while (at < rest.end && !eqfi_is_blank(*at) && *at != '=') at++;
    return at < rest.end && *at == '=';
}

static void take_pair(eqfi_comment *comment, eqfi_slice *rest, eqfi_pair *pair, bool *closed)
{
    pair->key = take(comment, rest, true, closed);
    eqfi_slice after = *rest;
    skip_blanks(&after);
    if (after.begin == after.end || *after.begin != '=') {
        pair->value = keep(comment, eqfi_slice_of("T"), false);
        pair->alone = true;
        return;
    }
    pair->alone = false;
    after.begin++;
    *rest = after;
    skip_blanks(rest);
    bool empty = rest->begin > after.begin && begins_pair(*rest);
    pair->value = empty ? keep(comment, eqfi_slice_of(""), false) : take(comment, rest, false, closed);
}

eqf_status eqfi_comment_parse(eqf_context *context, const eqfi_lines *lines, eqfi_slice line, eqfi_comment *comment)
{
    eqf_status status = EQF_OK;
    comment->used = comment->count = 0;
    comment->extended = false;
    /* "a" becomes "a\0T\0"; no other pair takes more than its own length and one. */
    EQFI_TRY(eqfi_grow(context, 2 * eqfi_slice_length(line) + 4, 1, &comment->capacity, (void **)&comment->text));
    bool closed = true;
    for (eqfi_slice rest = line; skip_blanks(&rest), rest.begin < rest.end;) {
        EQFI_TRY(eqfi_grow(context, comment->count + 1, sizeof *comment->pairs, &comment->pair_capacity,
                           (void **)&comment->pairs));
        bool was_closed = closed;
        eqfi_slice before = rest;
        take_pair(comment, &rest, &comment->pairs[comment->count++], &closed);
        char excerpt[EQFI_EXCERPT_SIZE];
        EQFI_CHECK_LINE(closed == was_closed || !(contains(line, "Properties=") || contains(line, "Lattice=")),
                        EQF_ERROR_PARSE, "the comment has a quote or bracket that is not closed: %s",
                        eqfi_excerpt(before, excerpt));
    }
    comment->extended =
        eqfi_comment_layout(comment, "properties") != NULL || eqfi_comment_layout(comment, "lattice") != NULL;
fail:
    return status;
}

const char *eqfi_comment_find(const eqfi_comment *comment, const char *key)
{
    for (size_t i = comment->count; i-- > 0;)
        if (strcmp(comment->text + comment->pairs[i].key, key) == 0) return comment->text + comment->pairs[i].value;
    return NULL;
}

const char *eqfi_comment_value(const eqfi_comment *comment, const char *key)
{
    for (size_t i = comment->count; i-- > 0;) {
        const eqfi_pair *pair = &comment->pairs[i];
        if (!pair->alone && strcmp(comment->text + pair->key, key) == 0) return comment->text + pair->value;
    }
    return NULL;
}

bool eqfi_same_letters(const char *text, const char *lower_case)
{
    while (*text != '\0' && (*text | 32) == *lower_case) text++, lower_case++;
    return *text == *lower_case;
}

const char *eqfi_comment_layout(const eqfi_comment *comment, const char *lower_case_key)
{
    for (size_t i = comment->count; i-- > 0;) {
        const eqfi_pair *pair = &comment->pairs[i];
        if (!pair->alone && eqfi_same_letters(comment->text + pair->key, lower_case_key))
            return comment->text + pair->value;
    }
    return NULL;
}

static bool separates(char c) { return eqfi_is_blank(c) || (c != '\0' && strchr(",[](){}", c) != NULL); }

static bool next_item(eqfi_slice *rest, eqfi_slice *item)
{
    const char *at = rest->begin;
    while (at < rest->end && separates(*at)) at++;
    item->begin = at;
    while (at < rest->end && !separates(*at)) at++;
    item->end = rest->begin = at;
    return item->begin < at;
}

int eqfi_parse_numbers(const char *text, int most, double *values)
{
    int count = 0;
    eqfi_slice rest = eqfi_slice_of(text), item;
    for (; next_item(&rest, &item); count++) {
        double value;
        if (!eqfi_parse_double(item.begin, item.end, &value)) return -1;
        if (count < most) values[count] = value;
    }
    return count;
}

static int flag_of(eqfi_slice item)
{
    static const char *const words[] = {"0", "f", "false", "1", "t", "true"};
    char lower[8] = "";
    size_t length = eqfi_slice_length(item);
    if (length >= sizeof lower) return -1;
    for (size_t i = 0; i < length; i++) lower[i] = (char)(item.begin[i] | 32);
    for (int i = 0; i < 6; i++)
        if (strcmp(lower, words[i]) == 0) return i >= 3;
    return -1;
}

int eqfi_parse_flags(const char *text, int most, int *values)
{
    int count = 0;
    eqfi_slice rest = eqfi_slice_of(text), item;
    for (; next_item(&rest, &item); count++) {
        int flag = flag_of(item);
        if (flag < 0) return -1;
        if (count < most) values[count] = flag;
    }
    return count;
}
