/* Matrix products for one caller: a register tile of a few rows by two vectors of columns, B packed, A read in place.
 *
 *              B packed: panels of 2 vectors, then 1, then half a vector; each [p][column], zero beyond n
 *              +--------+--------+----+--+
 *       A      |        |        |    |  |   p
 *     +-----+  +--------+--------+----+--+
 *     | p > |  C: a tile of TILE_ROWS rows x 1 panel stays in registers while p runs over a block of k
 *     +-----+
 *
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
/* Fuses each product with its sum in the front end: the later fusion depends on how a tile was optimised, and then the
 * bits of a row on the tile that it is in. */
#pragma clang fp contract(on)
#else
#define UNROLL _Pragma("GCC unroll 12")
#endif

/* Tiles as tall as the registers allow: 32, 16 and 16 of them. */
#if defined(__AVX512F__)
#define TILE_ROWS 12
#elif defined(__AVX__)
#define TILE_ROWS 6
#else
#define TILE_ROWS 4
#endif

enum {
    VECTOR = EQFI_LANES,
    HALF = EQFI_VECTOR_BYTES > 16 ? VECTOR / 2 : 0, /* 0: no panels of half a vector */
    LINE = 64,                                      /* bytes of a line of the caches, */
    AHEAD = 4096,                                   /* and those of B that are under way to the first one */
    DEPTH = 512,                                    /* block of k: the rows of a tile fit into the first cache */
    GROUP = 8,                                      /* tiles that take a panel in turn */
    CHUNK = 192                                     /* gemm_rows: rows that are summed at a time */
};

/* Where a tile reads A, and how B comes to the first cache: from the second one or, far, from behind it. */
typedef enum tile_kind { ALONG, ALONG_FAR, ACROSS } tile_kind;

/* What a tile works on, see gemm_tile.h. */
typedef struct tile_task {
    int width, depth, kept;
    const real *const *a;
    int64_t offset;
    const real *b;
    uintptr_t next; /* far: behind the panel, a line for each p */
    const real *const *add;
    real *const *c;
    int64_t column;
} tile_task;

#define TILE_NAME wide_tile
#define TILE_BYTES EQFI_VECTOR_BYTES
#include "kern/variant/gemm_tile.h"

#if EQFI_VECTOR_BYTES > 16
#define TILE_NAME half_tile
#define TILE_BYTES (EQFI_VECTOR_BYTES / 2)
#include "kern/variant/gemm_tile.h"
#else
#define half_tile wide_tile
#endif

/* Width of the panel that starts where `left` columns are left. */
static int panel_width(int left)
{
    if (left >= 2 * VECTOR || left > VECTOR + HALF) return 2 * VECTOR;
    return left > HALF ? VECTOR : HALF;
}

/* A cursor over the rows of a matrix. */
typedef struct row_cursor {
    real *group, *row;
    int64_t outer, step;
    int32_t inner, index;
} row_cursor;

static row_cursor row_cursor_at(const eqfi_matrix *matrix, int64_t row)
{
    row_cursor cursor = {.outer = matrix->outer, .step = matrix->step, .inner = matrix->inner};
    cursor.index = (int32_t)(row % matrix->inner);
    cursor.group = (real *)matrix->base + row / matrix->inner * matrix->outer;
    cursor.row = cursor.group + cursor.index * matrix->step;
    return cursor;
}

/* The row under the cursor, which moves on. */
static inline real *row_cursor_next(row_cursor *cursor)
{
    real *row = cursor->row;
    cursor->row += cursor->step;
    if (++cursor->index == cursor->inner) {
        cursor->index = 0;
        cursor->group += cursor->outer;
        cursor->row = cursor->group;
    }
    return row;
}

/* The next rows; a loop of its own, whose state fits in registers. */
static void row_cursor_take(row_cursor *cursor, int rows, real **to)
{
    row_cursor own = *cursor;
    for (int r = 0; r < rows; r++) to[r] = row_cursor_next(&own);
    *cursor = own;
}

INLINE void tile(const int rows, const tile_kind kind, const tile_task *t)
{
    if (t->width == 2 * VECTOR)
        wide_tile(rows, 2, kind, t);
    else if (t->width == VECTOR)
        wide_tile(rows, 1, kind, t);
    else
        half_tile(rows, 1, kind, t);
}

/* The height of the next tile of `left` rows. If `missing` is 1, a tile may have one row more than there is, which is
 * faster than two tiles. */
static int tile_height(int64_t left, int missing)
{
    for (int height = TILE_ROWS; height > 2; height -= 2)
        if (left + missing >= height) return height;
    return left > 1 ? 2 : 1;
}

INLINE void tile_of_height(int height, const tile_kind kind, const tile_task *task)
{
    switch (height) {
    case 1: tile(1, kind, task); break;
    case 2: tile(2, kind, task); break;
    case 4: tile(4, kind, task); break;
#if TILE_ROWS > 8
    case 6: tile(6, kind, task); break;
    case 8: tile(8, kind, task); break;
    case 10: tile(10, kind, task); break;
#endif
#if TILE_ROWS > 4
    default: tile(TILE_ROWS, kind, task); break;
#endif
    }
}

typedef void tile_function(int height, const tile_task *task);

static void tile_along(int height, const tile_task *task) { tile_of_height(height, ALONG, task); }
static void tile_along_far(int height, const tile_task *task) { tile_of_height(height, ALONG_FAR, task); }
static void tile_across(int height, const tile_task *task) { tile_of_height(height, ACROSS, task); }

/* Runs a tile of which only `columns` columns exist. */
static void edge_tile(tile_function *run, int height, int columns, const tile_task *task)
{
    real whole[TILE_ROWS][2 * VECTOR];
    real *c[TILE_ROWS];
    for (int r = 0; r < TILE_ROWS; r++) c[r] = whole[r];
    tile_task aside = *task;
    aside.c = c;
    aside.column = 0;
    aside.add = NULL;
    run(height, &aside);
    for (int r = 0; r < task->kept; r++) {
        const real *add = task->add == NULL ? NULL : task->add[r] + task->column;
        real *out = task->c[r] + task->column;
        for (int j = 0; j < columns; j++) out[j] = add == NULL ? whole[r][j] : add[j] + whole[r][j];
    }
}

size_t EQFI_KERN(eqfi_gemm_packed_size)(int n, int k)
{
    size_t columns = 0;
    for (int j = 0; j < n;) {
        int width = panel_width(n - j);
        columns += (size_t)width;
        j += width;
    }
    return columns * (size_t)k;
}

void EQFI_KERN(eqfi_gemm_pack)(int n, int k, const void *b, const int64_t *rows, bool transposed, void *packed)
{
    const real *from = b;
    real *to = packed;
    for (int j = 0; j < n;) {
        int width = panel_width(n - j), columns = n - j < width ? n - j : width;
        for (int p = 0; p < k; p++, to += width) {
            if (transposed)
                for (int i = 0; i < columns; i++) to[i] = from[rows[j + i] + p];
            else
                memcpy(to, from + rows[p] + j, (size_t)columns * sizeof(real));
            for (int i = columns; i < width; i++) to[i] = 0;
        }
        j += width;
    }
}

/* Rows of A, C and what C adds that take the panels of B in turn, tile by tile. */
typedef struct row_group {
    int tiles;
    int height[GROUP], rows[GROUP]; /* of a tile, and how many of its rows there are */
    real *a[GROUP][TILE_ROWS], *add[GROUP][TILE_ROWS], *c[GROUP][TILE_ROWS];
} row_group;

static int64_t next_group(row_group *group, int64_t left, row_cursor *a, row_cursor *add, row_cursor *c)
{
    int64_t taken = 0;
    for (group->tiles = 0; group->tiles < GROUP && taken < left; group->tiles++) {
        int t = group->tiles, height = tile_height(left - taken, 1);
        int rows = left - taken < height ? (int)(left - taken) : height;
        row_cursor_take(a, rows, group->a[t]);
        row_cursor_take(c, rows, group->c[t]);
        if (add != NULL) row_cursor_take(add, rows, group->add[t]);
        if (rows < height) group->a[t][rows] = group->a[t][0]; /* the row that a tile has too many */
        group->height[t] = height;
        group->rows[t] = rows;
        taken += rows;
    }
    return taken;
}

/* The panel of `task` for a group of rows, where so many columns are left; `adds`: the group has rows to add to the first block
 * of k. */
static void group_panel(const row_group *group, tile_function *run, int columns, bool adds, tile_task *task)
{
    for (int t = 0; t < group->tiles; t++, task->next += (uintptr_t)(task->depth * LINE)) {
        task->kept = group->rows[t];
        task->a = (const real *const *)group->a[t];
        task->c = group->c[t];
        task->add = task->offset > 0 ? (const real *const *)group->c[t]
                    : adds           ? (const real *const *)group->add[t]
                                     : NULL;
        if (columns >= task->width)
            run(group->height[t], task);
        else
            edge_tile(run, group->height[t], columns, task);
    }
}

void EQFI_KERN(eqfi_gemm)(int64_t first, int64_t last, int n, int k, eqfi_matrix a, const void *packed, bool far,
                          const eqfi_matrix *add, eqfi_matrix c)
{
    if (first >= last) return;
    tile_function *run = far ? tile_along_far : tile_along;
    row_group group;
    row_cursor from = row_cursor_at(&a, first), to = row_cursor_at(&c, first), with = {0};
    if (add != NULL) with = row_cursor_at(add, first);
    for (int64_t r = first; r < last;) {
        r += next_group(&group, last - r, &from, add == NULL ? NULL : &with, &to);
        for (int p = 0; p == 0 || p < k; p += DEPTH) {
            tile_task task = {.depth = k - p < DEPTH ? k - p : DEPTH, .offset = p};
            const real *panel = packed;
            for (int j = 0; j < n; j += task.width) {
                task.width = panel_width(n - j);
                task.column = j;
                task.b = panel + (size_t)p * (size_t)task.width;
                panel += (size_t)task.width * (size_t)k;
                task.next = (uintptr_t)panel + (size_t)p * (size_t)task.width * sizeof(real);
                group_panel(&group, run, n - j, add != NULL, &task);
            }
        }
    }
}

/* Copies `columns` columns from j on of a chunk of rows, and zeros up to the width. */
static void copy_panel(int depth, const real *const *rows, int j, int columns, int width, real *panel)
{
    if (columns == 2 * VECTOR) {
        for (int p = 0; p < depth; p++) memcpy(panel + p * 2 * VECTOR, rows[p] + j, 2 * VECTOR * sizeof(real));
        return;
    }
    for (int p = 0; p < depth; p++)
        for (int i = 0; i < width; i++) panel[p * width + i] = i < columns ? rows[p][j + i] : 0;
}

/* Columns j..j+columns-1 of C, which has k rows, from the rows of A and a panel of B. */
static void panel_across(int depth, int k, const real *const *a_rows, const real *panel, int j, int columns, int width,
                         real *c, int64_t ldc, bool accumulate)
{
    real *out[TILE_ROWS];
    tile_task task = {.width = width, .depth = depth, .a = a_rows, .b = panel, .c = out, .column = j};
    if (accumulate) task.add = (const real *const *)out;
    for (int i = 0, height; i < k; i += height) {
        height = tile_height(k - i, 0);
        for (int r = 0; r < height; r++) out[r] = c + (i + r) * ldc;
        task.kept = height;
        task.offset = i;
        if (columns == width)
            tile_across(height, &task);
        else
            edge_tile(tile_across, height, columns, &task);
    }
}

/* The rows of A and B of all terms, one term after the other. */
typedef struct term_cursor {
    const eqfi_matrix *a, *b; /* of the next term */
    row_cursor left, right;
    int64_t first, count, rows; /* of a term: the first, how many, and how many are left */
} term_cursor;

static void next_rows(term_cursor *cursor, int rows, real **a, real **b)
{
    for (int done = 0, taken; done < rows; done += taken) {
        if (cursor->rows == 0) {
            cursor->left = row_cursor_at(cursor->a++, cursor->first);
            cursor->right = row_cursor_at(cursor->b++, cursor->first);
            cursor->rows = cursor->count;
        }
        taken = cursor->rows < rows - done ? (int)cursor->rows : rows - done;
        row_cursor_take(&cursor->left, taken, a + done);
        row_cursor_take(&cursor->right, taken, b + done);
        cursor->rows -= taken;
    }
}

void EQFI_KERN(eqfi_gemm_rows)(int64_t first, int64_t last, int n, int k, int terms, const eqfi_matrix *a,
                               const eqfi_matrix *b, void *c, int64_t ldc, bool accumulate)
{
    term_cursor cursor = {.a = a, .b = b, .first = first, .count = last - first};
    real panel[CHUNK * 2 * VECTOR] __attribute__((aligned(EQFI_VECTOR_BYTES)));
    real *a_rows[CHUNK], *b_rows[CHUNK];
    if (first >= last && !accumulate)
        for (int i = 0; i < k; i++) memset((real *)c + i * ldc, 0, (size_t)n * sizeof(real));
    for (int64_t left = terms * (last - first); left > 0; left -= CHUNK, accumulate = true) {
        int depth = left < CHUNK ? (int)left : CHUNK;
        next_rows(&cursor, depth, a_rows, b_rows);
        for (int j = 0, width; j < n; j += width) {
            width = panel_width(n - j);
            int columns = n - j < width ? n - j : width;
            copy_panel(depth, (const real *const *)b_rows, j, columns, width, panel);
            panel_across(depth, k, (const real *const *)a_rows, panel, j, columns, width, c, ldc, accumulate);
        }
    }
}
