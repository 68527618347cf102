/* Tables of all results, in columns or as markdown. SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -------------------------------------------------------------------------------------------------- tables of text -- */

enum { ROWS = 32, COLUMNS = 12, WIDTH = 48 };

/* Cells are filled one after the other, the first row being that of the headings. */
typedef struct table {
    int columns, cells;
    char cell[ROWS * COLUMNS][WIDTH];
} table;

static table open_table(int columns, const char *const *headings)
{
    table t = {.columns = columns};
    for (int i = 0; i < columns; i++) snprintf(t.cell[t.cells++], WIDTH, "%s", headings[i]);
    return t;
}

__attribute__((format(printf, 2, 3))) static void add(table *t, const char *format, ...)
{
    va_list arguments;
    if (t->cells == ROWS * COLUMNS) return;
    va_start(arguments, format);
    vsnprintf(t->cell[t->cells++], WIDTH, format, arguments);
    va_end(arguments);
}

/* A time in the unit that suits it. */
static void add_time(table *t, double ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    int u = 0;
    while (u < 3 && ns < units[u].ns) u++;
    double value = ns / units[u].ns;
    add(t, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, units[u].name);
}

/* A number with digits, nothing for 0. */
static void add_number(table *t, int digits, double value)
{
    if (value == 0)
        add(t, "%s", "");
    else
        add(t, "%.*f", digits, value);
}

static void print_markdown(const table *t)
{
    for (int i = 0; i < t->cells; i++) {
        printf("| %s %s", t->cell[i], (i + 1) % t->columns == 0 ? "|\n" : "");
        for (int k = 0; i + 1 == t->columns && k < t->columns; k++)
            printf(k == 0 ? "|---|" : k + 1 == t->columns ? "---|\n" : "---|");
    }
}

static void print_columns(const table *t)
{
    int width[COLUMNS] = {0};
    for (int i = 0; i < t->cells; i++) {
        int length = (int)strlen(t->cell[i]);
        if (length > width[i % t->columns]) width[i % t->columns] = length;
    }
    for (int i = 0; i < t->cells; i++) {
        int column = i % t->columns;
        printf(column == 0 ? "%-*s" : "  %*s", width[column], t->cell[i]);
        if (column + 1 == t->columns) printf("\n");
    }
}

static void print_table(const table *t, const char *title, bench_format format)
{
    if (t->cells == t->columns) return; /* headings alone */
    if (format == BENCH_MARKDOWN) {
        printf("\n%s:\n\n", title);
        print_markdown(t);
    } else {
        printf("\n%s\n\n", title);
        print_columns(t);
    }
}

/* ----------------------------------------------------------------------------------------------------- the results -- */

typedef struct results {
    const bench_result *at;
    int n;
    const bench_machine *machine;
} results;

/* By name and number of threads, NULL if it was not measured. */
static const bench_result *find(const results *all, const char *name, int threads)
{
    for (int i = 0; i < all->n; i++)
        if (all->at[i].threads == threads && strcmp(all->at[i].of->name, name) == 0) return &all->at[i];
    return NULL;
}

static const char *what_of(const bench_case *of)
{
    static const char *const names[] = {[BENCH_ENERGY] = "energy",
                                        [BENCH_FORCES] = "energy + forces",
                                        [BENCH_ENERGY_GRADIENT] = "energy-loss gradient",
                                        [BENCH_FORCE_GRADIENT] = "force-loss gradient"};
    return names[of->what];
}

#define OPEN(...)                                                                                                      \
    open_table((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (const char *const[]){__VA_ARGS__})

static table primitives(const results *all)
{
    table t = OPEN("primitive", "time", "per", "GFLOP/s", "must, ns");
    for (int i = 0; i < all->n; i++) {
        const bench_result *r = &all->at[i];
        if (r->of->group != BENCH_PRIMITIVES) continue;
        add(&t, "%s", r->of->name);
        add_time(&t, r->ns);
        add(&t, "%s", r->of->item);
        add_number(&t, 1, r->flop / r->ns);
        add_number(&t, 0, r->of->must);
    }
    return t;
}

static table aspirin(const results *all)
{
    table t = OPEN("aspirin", "time", "GFLOP/s", "of sgemm", "ratio", "must", "goal", "kB/edge/layer", "peak RSS, MB");
    for (int i = 0; i < all->n; i++) {
        const bench_result *r = &all->at[i];
        if (r->of->group != BENCH_TABLE) continue;
        add(&t, "L=%d %s", r->of->lmax, what_of(r->of));
        add_time(&t, r->ns);
        add(&t, "%.1f", r->flop / r->ns);
        add(&t, "%.2f", r->flop / r->ns / all->machine->sgemm);
        add(&t, "%.2f", bench_ratio(r, all->machine));
        add(&t, "%.2f", r->of->must);
        add(&t, "%.2f", r->of->goal);
        add(&t, "%.1f", 1e-3 * bench_figure_of(r, "bytes_per_edge_and_layer"));
        add(&t, "%.0f", 1e-6 * bench_figure_of(r, "peak_rss"));
    }
    return t;
}

static table degrees(const results *all)
{
    static const char *const names[][2] = {{"energy", "energy"},
                                           {"forces", "energy + forces"},
                                           {"energy-gradient", "energy-loss gradient"},
                                           {"force-gradient", "force-loss gradient"}};
    table t = OPEN("aspirin", "L=1", "L=2", "L=3");
    int measured = 0;
    for (int i = 0; i < all->n; i++) measured |= all->at[i].of->group == BENCH_DEGREES;
    if (!measured) return t;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const bench_result *found[4] = {NULL};
        for (int lmax = 1; lmax <= 3; lmax++) {
            char name[64];
            snprintf(name, sizeof name, "aspirin-l%d-%s", lmax, names[k][0]);
            found[lmax] = find(all, name, 1);
        }
        if (found[1] == NULL && found[2] == NULL && found[3] == NULL) continue;
        add(&t, "%s", names[k][1]);
        for (int lmax = 1; lmax <= 3; lmax++)
            if (found[lmax] == NULL)
                add(&t, "%s", "");
            else
                add_time(&t, found[lmax]->ns);
    }
    return t;
}

static table bfloat16(const results *all)
{
    table t = OPEN("aspirin", "float32", "bfloat16", "speed-up", "ratio");
    for (int i = 0; i < all->n; i++) {
        const bench_result *r = &all->at[i], *whole;
        char name[64];
        if (r->of->group != BENCH_BF16) continue;
        snprintf(name, sizeof name, "%.*s", (int)(strlen(r->of->name) - strlen("-bf16")), r->of->name);
        whole = find(all, name, 1);
        add(&t, "L=%d %s", r->of->lmax, what_of(r->of));
        if (whole == NULL)
            add(&t, "%s", "");
        else
            add_time(&t, whole->ns);
        add_time(&t, r->ns);
        add_number(&t, 2, whole == NULL ? 0 : whole->ns / r->ns);
        add(&t, "%.2f", bench_ratio(r, all->machine));
    }
    return t;
}

/* Of the groups whose cases are tried with several threads. */
static table threads_of(const results *all, bench_group group)
{
    table t = OPEN("case", "per", "1 thread", "2 threads", "speed-up", "kB/edge/layer");
    for (int i = 0; i < all->n; i++) {
        const bench_result *one = &all->at[i];
        if (one->of->group != group || one->threads != 1) continue;
        const bench_result *two = find(all, one->of->name, 2);
        add(&t, "%s", one->of->name);
        add(&t, "%s", one->of->item);
        add_time(&t, one->ns);
        if (two == NULL)
            add(&t, "%s", "");
        else
            add_time(&t, two->ns);
        add_number(&t, 2, two == NULL ? 0 : one->ns / two->ns);
        add(&t, "%.1f", 1e-3 * bench_figure_of(one, "bytes_per_edge_and_layer"));
    }
    return t;
}

static table scaling(const results *all) { return threads_of(all, BENCH_SCALING); }

static table training(const results *all) { return threads_of(all, BENCH_TRAINING); }

static table systems(const results *all)
{
    table t = OPEN("system", "atoms", "edges/atom", "forces/atom", "to the smallest", "kB/atom", "peak RSS, MB",
                   "list/atom", "of forces", "with skin", "of forces");
    for (int i = 0; i < all->n; i++) {
        const bench_result *r = &all->at[i];
        if (r->of->group != BENCH_SYSTEMS) continue;
        double list = bench_figure_of(r, "neighbors_ns"), skin = bench_figure_of(r, "neighbors_skin_ns");
        add(&t, "%s", r->of->name);
        add(&t, "%.0f", bench_figure_of(r, "atoms"));
        add(&t, "%.1f", bench_figure_of(r, "edges_per_atom"));
        add_time(&t, r->ns);
        add(&t, "%.3f", r->ns / bench_figure_of(r, "smallest_ns"));
        add(&t, "%.1f", 1e-3 * bench_figure_of(r, "bytes_per_atom"));
        add(&t, "%.0f", 1e-6 * bench_figure_of(r, "peak_rss"));
        add_time(&t, list);
        add(&t, "%.1f %%", 100 * list / r->ns);
        add_time(&t, skin);
        add(&t, "%.1f %%", 100 * skin / r->ns);
    }
    return t;
}

void bench_print_tables(const bench_result *all, int n, const bench_machine *machine, bench_format format)
{
    static const struct {
        const char *title;
        table (*make)(const results *all);
    } tables[] = {
        {"Primitives, one thread, float32", primitives},
        {"Aspirin (21 atoms, 306 edges), one thread, float32; ratio: time / (reference FLOPs / sgemm)", aspirin},
        {"Aspirin by degree, one thread", degrees},
        {"Aspirin with matrix products of bfloat16, one thread", bfloat16},
        {"Threads", scaling},
        {"Training with the published recipe, batches of 8", training},
        {"Large systems, one thread", systems}};
    const results found = {all, n, machine};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        table t = tables[i].make(&found);
        print_table(&t, tables[i].title, format);
    }
}
