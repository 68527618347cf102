/* Learning curves: what the log of a training has, by epoch. SPDX-License-Identifier: MIT */
#include <math.h>

#include "report_draw.h"

/* Epochs are counted from 1, as `train` prints them. */
static void write_epochs(const report *r, FILE *script)
{
    int n = (int)json_array_size(r->log), step = 1;
    static const int factors[] = {2, 5, 10};
    for (int decade = 1; n > 10 * step; decade *= 10)
        for (int i = 0; i < 3 && n > 10 * step; i++) step = factors[i] * decade;
    fprintf(script, "set xlabel 'epoch'\nset xtics %d\nset xrange [1:%d]\n", step, n > 1 ? n : 2);
}

bool has_curve(const report *r, const char *key)
{
    int n = 0;
    for (size_t i = 0; i < json_array_size(r->log); i++) n += report_number(json_array_get(r->log, i), key) > 0;
    return n > 0;
}

/* A line of a picture of epochs; title NULL: there is only one. */
typedef struct curve {
    const char *key, *title;
} curve;

/* Widens low..high by the numbers of a key, times a factor, and writes them by epoch; *best is that of the best one. */
static void write_curve(const report *r, FILE *script, const char *key, double factor, bool logarithmic, double *low,
                        double *high, double *best)
{
    for (size_t i = 0; i < json_array_size(r->log); i++) {
        const json_t *epoch = json_array_get(r->log, i);
        double value = factor * report_number(epoch, key);
        if (!isfinite(value) || (logarithmic && value <= 0)) continue;
        fprintf(script, "%.9g %.9g\n", report_number(epoch, "epoch") + 1, value);
        *low = fmin(*low, value);
        *high = fmax(*high, value);
        if ((int)i == report_best(r)) *best = value;
    }
}

/* The numbers of n keys, times a factor, by epoch, and a mark at the best epoch. */
static bool draw_curves(const report *r, FILE *script, int n, const curve *curves, double factor, bool logarithmic)
{
    double low = INFINITY, high = 0, best = NAN, marked = NAN;
    bool dense = json_array_size(r->log) > 60;
    write_epochs(r, script);
    for (int k = 0; k < n; k++) {
        fprintf(script, "$curve%d << END\n", k);
        write_curve(r, script, curves[k].key, factor, logarithmic, &low, &high, &best);
        fputs("END\n", script);
        if (k == 0) marked = best;
    }
    if (logarithmic) {
        draw_log_ticks(script, "y", low, high);
        fprintf(script, "set yrange [%.9g:%.9g]\n", low / 1.15, high * 1.15);
    } else {
        fputs("set yrange [0:*]\n", script);
    }
    bool mark = logarithmic && isfinite(marked);
    if (mark)
        fprintf(script, "$best << END\n%.9g %.9g\nEND\n",
                report_number(json_array_get(r->log, (size_t)report_best(r)), "epoch") + 1, marked);
    fputs("set key above left horizontal maxcols 4\nfigure = \"plot ", script);
    for (int k = 0; k < n; k++) {
        if (!has_curve(r, curves[k].key)) continue;
        fprintf(script, "%s$curve%d with linespoints pt 7 ps %s lw 1.6 lc rgb '%s' ", k > 0 ? ", " : "", k,
                dense ? "0" : "0.35", k > 0 ? draw_colors[k + 1] : draw_colors[0]);
        if (curves[k].title != NULL)
            fprintf(script, "title '%s'", curves[k].title);
        else
            fputs("notitle", script);
    }
    if (mark)
        fprintf(script, ", $best with points pt 6 ps 1.2 lw 2 lc rgb '%s' title 'best model: epoch %.0f'",
                draw_colors[1], report_number(json_array_get(r->log, (size_t)report_best(r)), "epoch") + 1);
    fputs("\"\n", script);
    return true;
}

bool draw_loss(const report *r, FILE *script)
{
    static const curve curves[] = {{"train_loss", "loss"},        {"train_energy", "of energies"},
                                   {"train_forces", "of forces"}, {"train_energy_per_atom", "of energies per atom"},
                                   {"train_stress", "of stress"}, {"train_displacement", "of displacements"}};
    draw_axis(script, 'y', "loss", "");
    return draw_curves(r, script, sizeof curves / sizeof *curves, curves, 1, true);
}

bool draw_rate(const report *r, FILE *script)
{
    draw_axis(script, 'y', "learning rate", "");
    return draw_curves(r, script, 1, &(curve){"lr", NULL}, 1, false);
}

bool draw_energy_curve(const report *r, FILE *script)
{
    char text[DRAW_TEXT_MAX];
    snprintf(text, sizeof text, "%s MAE", r->target);
    draw_axis(script, 'y', text, r->small_energy_unit);
    return draw_curves(r, script, 1, &(curve){"valid_energy_mae", NULL}, r->small, true);
}

bool draw_force_curve(const report *r, FILE *script)
{
    draw_axis(script, 'y', "force MAE", r->small_force_unit);
    return draw_curves(r, script, 1, &(curve){"valid_force_mae", NULL}, r->small, true);
}

bool draw_stress_curve(const report *r, FILE *script)
{
    draw_axis(script, 'y', "stress MAE", r->small_stress_unit);
    return draw_curves(r, script, 1, &(curve){"valid_stress_mae", NULL}, r->small, true);
}

bool draw_displacement_curve(const report *r, FILE *script)
{
    draw_axis(script, 'y', "displacement MAE", r->length_unit);
    return draw_curves(r, script, 1, &(curve){"valid_displacement_mae", NULL}, 1, true);
}
