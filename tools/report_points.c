/* Predictions against labels, and how their differences are distributed.
 *
 * Large sets stay small: points of a parity plot are gathered in a grid, one dot for each cell with points in it, where
 * their mean is. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_draw.h"

enum { GRID = 160, DOTS = 5000, CROWD = 5, BINS = 41 };

/* ----------------------------------------------------------------------------------------------------- parity plots -- */

typedef struct cell {
    double n, x, y; /* points, sums of their coordinates */
} cell;

typedef struct parity {
    double low, high, shift; /* shift is subtracted from all numbers */
    double n, most;          /* points, the most in one cell */
    int grid, dots;          /* rows of cells, cells with points */
    cell cells[GRID][GRID];
} parity;

static void parity_span(parity *p, const pairs *set)
{
    for (int64_t i = 0; i < set->n; i++) {
        double a = set->label[i] - p->shift, b = set->prediction[i] - p->shift;
        p->low = fmin(p->low, fmin(a, b));
        p->high = fmax(p->high, fmax(a, b));
    }
}

static void parity_add(parity *p, const pairs *set)
{
    double scale = p->grid / (p->high - p->low);
    for (int64_t i = 0; i < set->n; i++) {
        double x = set->label[i] - p->shift, y = set->prediction[i] - p->shift;
        cell *c = &p->cells[(int)(scale * (x - p->low))][(int)(scale * (y - p->low))];
        p->dots += c->n <= 0;
        c->n++;
        c->x += x;
        c->y += y;
        p->n++;
        p->most = fmax(p->most, c->n);
    }
}

/* All points of n sets, in cells that are small enough to be no more than DOTS. */
static parity *gather(int n, const pairs *sets, double shift)
{
    parity *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->shift = shift;
    p->low = INFINITY;
    p->high = -INFINITY;
    for (int s = 0; s < n; s++) parity_span(p, &sets[s]);
    double margin = p->high > p->low ? 0.04 * (p->high - p->low) : 1;
    p->low -= margin;
    p->high += margin;
    for (p->grid = GRID;; p->grid /= 2) {
        for (int s = 0; s < n; s++) parity_add(p, &sets[s]);
        if (p->dots <= DOTS) return p;
        memset(p->cells, 0, sizeof p->cells);
        p->n = p->most = p->dots = 0;
    }
}

static void parity_write(const parity *p, FILE *script)
{
    fputs("$cells << END\n", script);
    for (int i = 0; i < p->grid; i++)
        for (int j = 0; j < p->grid; j++) {
            const cell *c = &p->cells[i][j];
            if (c->n > 0) fprintf(script, "%.6g %.6g %.0f\n", c->x / c->n, c->y / c->n, c->n);
        }
    fprintf(script, "END\n$line << END\n%.9g %.9g\n%.9g %.9g\nEND\n", p->low, p->low, p->high, p->high);
    fprintf(script, "set size square\nset xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", p->low, p->high, p->low,
            p->high);
    fputs("figure = \"plot $line with lines lw 1 lc rgb '#888888' notitle, $cells using 1:2", script);
    if (p->most < CROWD) {
        fprintf(script, " with points pt 7 ps 0.35 lc rgb '%s' notitle\"\n", draw_colors[0]);
        return;
    }
    fputs(":3 with points pt 7 ps 0.35 palette notitle\"\n", script);
    fprintf(script, "set palette defined (0 '%s', 1 '%s')\nset cbrange [1:%.0f]\nset cblabel 'points'\n",
            draw_colors[0], draw_colors[1], p->most);
    draw_log_ticks(script, "cb", 1, p->most);
}

static void write_errors(const report *r, FILE *script, double mae, double rmse, double n, const char *unit,
                         const char *what)
{
    fprintf(script, "set label 1 \"MAE %.3g %s\\nRMSE %.3g %s\\n%.0f %s\" at graph 0.05, 0.93\n", r->small * mae, unit,
            r->small * rmse, unit, n, what);
}

bool draw_energy_parity(const report *r, FILE *script)
{
    const pairs *set = &r->energies;
    char text[DRAW_TEXT_MAX];
    double mean = 0;
    for (int64_t i = 0; i < set->n; i++) mean += set->label[i] / (double)set->n;
    parity *p = gather(1, set, mean);
    if (p == NULL) return false;
    parity_write(p, script);
    snprintf(text, sizeof text, "labelled %s less its mean", r->target);
    draw_axis(script, 'x', text, r->energy_unit);
    snprintf(text, sizeof text, "predicted %s less that mean", r->target);
    draw_axis(script, 'y', text, r->energy_unit);
    write_errors(r, script, r->metrics.energy_mae, r->metrics.energy_rmse, p->n, r->small_energy_unit, "structures");
    free(p);
    return true;
}

bool draw_force_parity(const report *r, FILE *script)
{
    parity *p = gather(REPORT_ELEMENTS, r->forces, 0);
    if (p == NULL) return false;
    parity_write(p, script);
    draw_axis(script, 'x', "labelled force component", r->force_unit);
    draw_axis(script, 'y', "predicted force component", r->force_unit);
    write_errors(r, script, r->metrics.force_mae, r->metrics.force_rmse, p->n, r->small_force_unit, "components");
    free(p);
    return true;
}

/* ------------------------------------------------------------------------------------------------------- histograms -- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Elements with the most components, in their order in the periodic table; returns their number. */
static int shown_elements(const report *r, int shown[DRAW_COLORS])
{
    int n = 0;
    for (int z = 0; z < REPORT_ELEMENTS; z++) {
        int more = 0;
        for (int other = 0; other < REPORT_ELEMENTS; other++)
            more += r->forces[other].n > r->forces[z].n || (r->forces[other].n == r->forces[z].n && other < z);
        if (r->forces[z].n > 0 && more < DRAW_COLORS) shown[n++] = z;
    }
    return n;
}

/* What 99.5 % of the errors do not exceed; nan without memory. */
static double usual_error(const report *r, int n, const int *shown)
{
    int64_t total = 0, k = 0;
    for (int s = 0; s < n; s++) total += r->forces[shown[s]].n;
    double *sizes = malloc((size_t)total * sizeof *sizes), most = NAN;
    if (sizes == NULL) return most;
    for (int s = 0; s < n; s++) {
        const pairs *set = &r->forces[shown[s]];
        for (int64_t i = 0; i < set->n; i++) sizes[k++] = fabs(set->prediction[i] - set->label[i]);
    }
    qsort(sizes, (size_t)total, sizeof *sizes, ascending);
    most = sizes[(int64_t)(0.995 * (double)(total - 1))];
    free(sizes);
    return most > 0 ? most : 1e-9;
}

static void write_histogram(FILE *script, const pairs *set, double range, double factor)
{
    double counts[BINS] = {0};
    for (int64_t i = 0; i < set->n; i++) {
        double place = (set->prediction[i] - set->label[i] + range) / (2 * range) * BINS;
        if (place >= 0 && place < BINS) counts[(int)place]++;
    }
    for (int k = 0; k < BINS; k++)
        fprintf(script, "%.6g %.6g\n", factor * range * (2 * (k + 0.5) / BINS - 1), 100 * counts[k] / (double)set->n);
}

bool draw_force_errors(const report *r, FILE *script)
{
    int shown[DRAW_COLORS], n = shown_elements(r, shown);
    double range = usual_error(r, n, shown);
    if (isnan(range)) return false;
    for (int s = 0; s < n; s++) {
        fprintf(script, "$element%d << END\n", s);
        write_histogram(script, &r->forces[shown[s]], range, r->small);
        fputs("END\n", script);
    }
    draw_axis(script, 'x', "error of a force component", r->small_force_unit);
    draw_axis(script, 'y', "components of the element", "%");
    fprintf(script, "set xrange [%.6g:%.6g]\nset yrange [0:*]\nset key right top\nfigure = \"plot ", -r->small * range,
            r->small * range);
    for (int s = 0; s < n; s++)
        fprintf(script, "%s$element%d with histeps lw 1.6 lc rgb '%s' title '%s  (MAE %.3g)'", s == 0 ? "" : ", ", s,
                draw_colors[s], eqf_element_symbol(shown[s]), r->small * pairs_mae(&r->forces[shown[s]]));
    fputs("\"\n", script);
    return true;
}
