/* Irreps: parsing, formatting, sorting and combining lists of blocks.
 *
 * Every object is made in two steps: start() allocates it, finish() checks the
 * blocks that were filled in and derives offsets and totals.
 * SPDX-License-Identifier: MIT */
#include <equiformer/irreps.h>

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"

struct eqf_irreps {
    atomic_int references;
    eqf_allocator allocator;
    int n, dim, count, lmax;
    eqf_irreps_block blocks[];
};

static bool same_irrep(eqf_irrep a, eqf_irrep b) { return a.l == b.l && a.p == b.p; }

/* n blocks, all zero; NULL, and the status set, on failure. */
static eqf_irreps *start(eqf_context *context, int64_t n, eqf_status *failure)
{
    eqf_status status = EQF_OK;
    void *block = NULL;
    EQFI_CHECK(n <= INT_MAX / (int64_t)sizeof(eqf_irreps_block), EQF_ERROR_RANGE,
               "%lld blocks are too many for one list of irreps", (long long)n);
    EQFI_TRY(eqfi_new(context, 1, sizeof(eqf_irreps) + (size_t)n * sizeof(eqf_irreps_block), &block));
    eqf_irreps *made = block;
    atomic_init(&made->references, 1);
    made->allocator = *eqfi_allocator(context);
    made->n = (int)n;
    return made;
fail:
    *failure = status;
    return NULL;
}

/* Takes over made: frees it on failure. */
static eqf_status finish(eqf_context *context, eqf_irreps *made, eqf_irreps **finished)
{
    eqf_status status = EQF_OK;
    int64_t dim = 0, count = 0;
    made->lmax = -1;
    for (int i = 0; i < made->n; i++) {
        eqf_irreps_block *block = &made->blocks[i];
        int l = block->irrep.l, p = block->irrep.p;
        EQFI_CHECK(block->mul >= 0, EQF_ERROR_RANGE, "multiplicity of block %d is %d, expected 0 or more", i,
                   block->mul);
        EQFI_CHECK(l >= 0 && l <= EQF_LMAX, EQF_ERROR_RANGE, "degree l of block %d is %d, expected 0 to %d", i, l,
                   EQF_LMAX);
        EQFI_CHECK(p == 1 || p == -1, EQF_ERROR_RANGE, "parity p of block %d is %d, expected 1 or -1", i, p);
        block->offset = (int)dim;
        count += block->mul;
        dim += (int64_t)block->mul * (2 * l + 1);
        EQFI_CHECK(dim <= INT_MAX, EQF_ERROR_RANGE, "irreps have %lld columns up to block %d (%dx%d%c), at most %d fit",
                   (long long)dim, i, block->mul, l, p > 0 ? 'e' : 'o', INT_MAX);
        if (block->mul > 0 && l > made->lmax) made->lmax = l;
    }
    made->dim = (int)dim;
    made->count = (int)count;
    *finished = made;
    return EQF_OK;
fail:
    eqf_irreps_free(made);
    return status;
}

/* Where the parser stands. */
typedef struct cursor {
    const char *text, *at;
} cursor;

static void skip_blanks(cursor *c)
{
    while (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n') c->at++;
}

static eqf_status expected(eqf_context *context, const cursor *c, const char *what)
{
    int column = (int)(c->at - c->text) + 1;
    if (*c->at == '\0')
        return eqfi_fail(context, EQF_ERROR_PARSE, "irreps \"%.80s\" end at column %d, expected %s", c->text, column,
                         what);
    return eqfi_fail(context, EQF_ERROR_PARSE, "\"%.20s\" at column %d of irreps \"%.80s\", expected %s", c->at, column,
                     c->text, what);
}

static eqf_status parse_number(eqf_context *context, cursor *c, const char *what, int largest, int *number)
{
    const char *begin = c->at;
    int64_t value = 0;
    while (*c->at >= '0' && *c->at <= '9') {
        if (value <= INT_MAX) value = 10 * value + (*c->at - '0');
        c->at++;
    }
    if (c->at == begin) return expected(context, c, what);
    if (value > largest)
        return eqfi_fail(context, EQF_ERROR_RANGE,
                         "\"%.*s\" at column %d of irreps \"%.80s\" is too large, expected %s of at most %d",
                         (int)(c->at - begin > 20 ? 20 : c->at - begin), begin, (int)(begin - c->text) + 1, c->text,
                         what, largest);
    *number = (int)value;
    skip_blanks(c);
    return EQF_OK;
}

/* "4x1o" or "1o", and the blanks behind it. */
static eqf_status parse_block(eqf_context *context, cursor *c, eqf_irreps_block *block)
{
    eqf_status status = EQF_OK;
    cursor first = *c;
    block->mul = 1;
    EQFI_TRY(parse_number(context, &first, "a multiplicity or a degree", INT_MAX, &block->mul));
    if (*first.at == 'x') {
        *c = first;
        c->at++;
        skip_blanks(c);
    } else {
        block->mul = 1;
    }
    EQFI_TRY(parse_number(context, c, "a degree", EQF_LMAX, &block->irrep.l));
    if (*c->at != 'e' && *c->at != 'o') return expected(context, c, "parity \"e\" or \"o\"");
    block->irrep.p = *c->at == 'e' ? 1 : -1;
    c->at++;
    skip_blanks(c);
fail:
    return status;
}

eqf_status eqf_irreps_parse(eqf_context *context, const char *text, eqf_irreps **irreps)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made = NULL;
    EQFI_CHECK(text != NULL && irreps != NULL, EQF_ERROR_ARGUMENT, "text and irreps must not be NULL");
    cursor c = {text, text};
    skip_blanks(&c);
    int64_t n = *c.at != '\0';
    for (const char *s = c.at; *s != '\0'; s++) n += *s == '+';
    made = start(context, n, &status);
    if (made == NULL) goto fail;
    for (int i = 0; i < made->n; i++) {
        EQFI_TRY(parse_block(context, &c, &made->blocks[i]));
        if (*c.at == '\0') break;
        if (*c.at != '+') {
            status = expected(context, &c, "\"+\" or the end");
            goto fail;
        }
        c.at++;
        skip_blanks(&c);
    }
    return finish(context, made, irreps);
fail:
    eqf_irreps_free(made);
    return status;
}

eqf_status eqf_irreps_create(eqf_context *context, int n, const eqf_irreps_block *blocks, eqf_irreps **irreps)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    EQFI_CHECK(n >= 0, EQF_ERROR_ARGUMENT, "number of blocks is %d, expected 0 or more", n);
    EQFI_CHECK((n == 0 || blocks != NULL) && irreps != NULL, EQF_ERROR_ARGUMENT, "blocks and irreps must not be NULL");
    made = start(context, n, &status);
    if (made == NULL) goto fail;
    for (int i = 0; i < n; i++) made->blocks[i] = blocks[i];
    return finish(context, made, irreps);
fail:
    return status;
}

eqf_status eqf_irreps_spherical_harmonics(eqf_context *context, int lmax, int odd_parity, eqf_irreps **irreps)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    EQFI_CHECK(irreps != NULL, EQF_ERROR_ARGUMENT, "irreps must not be NULL");
    EQFI_CHECK(lmax >= 0 && lmax <= EQF_LMAX, EQF_ERROR_RANGE, "lmax is %d, expected 0 to %d", lmax, EQF_LMAX);
    made = start(context, lmax + 1, &status);
    if (made == NULL) goto fail;
    for (int l = 0; l <= lmax; l++)
        made->blocks[l] = (eqf_irreps_block){.mul = 1, .irrep = {l, odd_parity && l % 2 != 0 ? -1 : 1}};
    return finish(context, made, irreps);
fail:
    return status;
}

eqf_irreps *eqf_irreps_retain(const eqf_irreps *irreps)
{
    /* Immutable but for the count, which belongs to no value. */
    eqf_irreps *shared = (eqf_irreps *)irreps;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_irreps_free(eqf_irreps *irreps)
{
    if (irreps == NULL) return;
    if (atomic_fetch_sub_explicit(&irreps->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = irreps->allocator;
    eqfi_release(&allocator, irreps);
}

void eqf_irreps_format(const eqf_irreps *irreps, char *text, size_t bytes, size_t *needed)
{
    size_t length = 0;
    for (int i = 0; i < irreps->n; i++) {
        const eqf_irreps_block *block = &irreps->blocks[i];
        char one[40]; /* a sign, two numbers and two letters */
        int added = snprintf(one, sizeof one, "%s%dx%d%c", i > 0 ? "+" : "", block->mul, block->irrep.l,
                             block->irrep.p > 0 ? 'e' : 'o');
        for (int k = 0; k < added; k++, length++)
            if (length + 1 < bytes) text[length] = one[k];
    }
    if (bytes > 0) text[length < bytes ? length : bytes - 1] = '\0';
    if (needed != NULL) *needed = length;
}

int eqf_irreps_blocks(const eqf_irreps *irreps) { return irreps->n; }

const eqf_irreps_block *eqf_irreps_block_at(const eqf_irreps *irreps, int i)
{
    return i >= 0 && i < irreps->n ? &irreps->blocks[i] : NULL;
}

int eqf_irreps_dim(const eqf_irreps *irreps) { return irreps->dim; }

int eqf_irreps_channels(const eqf_irreps *irreps) { return irreps->count; }

int eqf_irreps_lmax(const eqf_irreps *irreps) { return irreps->lmax; }

int eqf_irreps_channels_of(const eqf_irreps *irreps, eqf_irrep irrep)
{
    int count = 0;
    for (int i = 0; i < irreps->n; i++)
        if (same_irrep(irreps->blocks[i].irrep, irrep)) count += irreps->blocks[i].mul;
    return count;
}

int eqf_irreps_equal(const eqf_irreps *a, const eqf_irreps *b)
{
    if (a == b) return 1;
    if (a->n != b->n) return 0;
    for (int i = 0; i < a->n; i++)
        if (a->blocks[i].mul != b->blocks[i].mul || !same_irrep(a->blocks[i].irrep, b->blocks[i].irrep)) return 0;
    return 1;
}

eqf_status eqf_irreps_simplify(eqf_context *context, const eqf_irreps *irreps, eqf_irreps **simplified)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    EQFI_CHECK(irreps != NULL && simplified != NULL, EQF_ERROR_ARGUMENT, "irreps and simplified must not be NULL");
    made = start(context, irreps->n, &status);
    if (made == NULL) goto fail;
    int n = 0;
    for (int i = 0; i < irreps->n; i++) {
        const eqf_irreps_block *block = &irreps->blocks[i];
        if (block->mul == 0) continue;
        if (n > 0 && same_irrep(made->blocks[n - 1].irrep, block->irrep))
            made->blocks[n - 1].mul += block->mul;
        else
            made->blocks[n++] = *block;
    }
    made->n = n;
    return finish(context, made, simplified);
fail:
    return status;
}

static int sort_key(eqf_irrep irrep, eqf_irreps_order order)
{
    return 2 * irrep.l + (order == EQF_ORDER_E3NN ? irrep.p > 0 : irrep.p < 0);
}

eqf_status eqf_irreps_sort(eqf_context *context, const eqf_irreps *irreps, eqf_irreps_order order, eqf_irreps **sorted,
                           int *p, int *inverse)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    int next[2 * (EQF_LMAX + 1) + 1] = {0}; /* where the next block of a key goes */
    EQFI_CHECK(irreps != NULL && sorted != NULL, EQF_ERROR_ARGUMENT, "irreps and sorted must not be NULL");
    EQFI_CHECK(order == EQF_ORDER_E3NN || order == EQF_ORDER_EVEN_FIRST, EQF_ERROR_ARGUMENT,
               "order of irreps is %d, expected 0 or 1", (int)order);
    made = start(context, irreps->n, &status);
    if (made == NULL) goto fail;
    for (int i = 0; i < irreps->n; i++) next[sort_key(irreps->blocks[i].irrep, order) + 1]++;
    for (int key = 0; key < 2 * (EQF_LMAX + 1); key++) next[key + 1] += next[key];
    for (int i = 0; i < irreps->n; i++) {
        int to = next[sort_key(irreps->blocks[i].irrep, order)]++;
        made->blocks[to] = irreps->blocks[i];
        if (p != NULL) p[i] = to;
        if (inverse != NULL) inverse[to] = i;
    }
    return finish(context, made, sorted); /* cannot fail: the same columns in another order */
fail:
    return status;
}

eqf_status eqf_irreps_concat(eqf_context *context, const eqf_irreps *a, const eqf_irreps *b, eqf_irreps **sum)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    EQFI_CHECK(a != NULL && b != NULL && sum != NULL, EQF_ERROR_ARGUMENT, "a, b and sum must not be NULL");
    made = start(context, (int64_t)a->n + b->n, &status);
    if (made == NULL) goto fail;
    for (int i = 0; i < a->n; i++) made->blocks[i] = a->blocks[i];
    for (int i = 0; i < b->n; i++) made->blocks[a->n + i] = b->blocks[i];
    return finish(context, made, sum);
fail:
    return status;
}

eqf_status eqf_irreps_repeat(eqf_context *context, const eqf_irreps *irreps, int factor, eqf_irreps **product)
{
    eqf_status status = EQF_OK;
    eqf_irreps *made;
    EQFI_CHECK(irreps != NULL && product != NULL, EQF_ERROR_ARGUMENT, "irreps and product must not be NULL");
    EQFI_CHECK(factor >= 0, EQF_ERROR_ARGUMENT, "factor of the multiplicities is %d, expected 0 or more", factor);
    EQFI_CHECK((int64_t)irreps->dim * factor <= INT_MAX, EQF_ERROR_RANGE,
               "irreps of %d columns times %d exceed %d columns", irreps->dim, factor, INT_MAX);
    made = start(context, irreps->n, &status);
    if (made == NULL) goto fail;
    for (int i = 0; i < irreps->n; i++) {
        made->blocks[i] = irreps->blocks[i];
        made->blocks[i].mul *= factor;
    }
    return finish(context, made, product);
fail:
    return status;
}

int eqf_irrep_product(eqf_irrep a, eqf_irrep b, int room, eqf_irrep *product)
{
    int lowest = a.l < b.l ? b.l - a.l : a.l - b.l, n = a.l + b.l - lowest + 1;
    for (int i = 0; i < n && i < room; i++) product[i] = (eqf_irrep){lowest + i, a.p * b.p};
    return n;
}
