/* One register tile of a matrix product; included by gemm.c once per vector width.
 *
 * TILE_NAME names the function, TILE_BYTES is the width of its vectors. Every row of a tile goes through the same
 * operations in the same order, whatever the number of rows: sums run over p in order from zero, then join C.
 * SPDX-License-Identifier: MIT */

/* c[r][j] = add[r][j] + sum over p < depth of A(r, p) b[p][j] for `rows` rows, of which `kept` are wanted, and the columns
 * of `vectors` vectors from `column` on; add may be NULL, or c.
 * A(r, p) is a[r][offset + p] or, across, a[p][offset + r]. */
INLINE void TILE_NAME(const int rows, const int vectors, const tile_kind kind, const tile_task *t)
{
    const bool across = kind == ACROSS;
    const real *b = t->b, *column = NULL; /* out here, or gcc has an index in a register for each row of it */
    const int64_t depth = t->depth;
    uintptr_t next = t->next;
    typedef real vector __attribute__((vector_size(TILE_BYTES)));
    typedef real loose __attribute__((vector_size(TILE_BYTES), aligned(sizeof(real)), may_alias));
    enum { LANES = TILE_BYTES / sizeof(real) };

    const real *row[TILE_ROWS];
    vector sum[TILE_ROWS][2];
    UNROLL for (int r = 0; r < rows; r++)
    {
        row[r] = across ? NULL : t->a[r] + t->offset + depth;
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (vector){0};
    }
    for (int64_t p = -depth; p < 0; p++) { /* up to zero: one register less */
        vector factor[2];
        UNROLL for (int v = 0; v < vectors; v++) factor[v] = *(const loose *)(b + v * LANES);
        /* Weights come from the second cache, the first time in one stream: behind a panel begins the next. */
        UNROLL for (int v = 0; v < vectors; v++)
        {
            if (kind == ALONG && v * TILE_BYTES % LINE == 0)
                __builtin_prefetch((const void *)((uintptr_t)(b + v * LANES) + AHEAD));
        }
        if (kind == ALONG_FAR) {
            __builtin_prefetch((const void *)next, 0, 2);
            next += LINE;
        }
        b += vectors * LANES;
        if (across) column = t->a[depth + p] + t->offset;
        UNROLL for (int r = 0; r < rows; r++)
        {
            /* x - 0 is x for every x: the idiom for a broadcast that both compilers know. */
            vector element = (across ? column[r] : row[r][p]) - (vector){0};
            UNROLL for (int v = 0; v < vectors; v++) sum[r][v] += element * factor[v];
        }
    }
    UNROLL for (int r = 0; r < rows; r++)
    {
        if (r >= t->kept) return;
        loose *out = (loose *)(t->c[r] + t->column);
        const loose *start = t->add == NULL ? NULL : (const loose *)(t->add[r] + t->column);
        UNROLL for (int v = 0; v < vectors; v++) out[v] = start == NULL ? sum[r][v] : (vector)start[v] + sum[r][v];
    }
}

#undef TILE_NAME
#undef TILE_BYTES
