/* The figures of a report, and how they are drawn. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "output.h"
#include "report_draw.h"

const char *const draw_colors[DRAW_COLORS] = {"#3b82c4", "#d9822b", "#2a9d6f", "#b5508e",
                                              "#7a6fd0", "#a08030", "#5f8a9a", "#c94f4f"};

void draw_axis(FILE *script, char axis, const char *quantity, const char *unit)
{
    char text[DRAW_TEXT_MAX];
    bool compound = strchr(unit, '/') != NULL;
    snprintf(text, sizeof text, "%s%s%s%s", quantity,
             unit[0] == '\0' ? ""
             : compound      ? " / ("
                             : " / ",
             unit, compound ? ")" : "");
    fprintf(script, "set %clabel ", axis);
    gnuplot_text(script, text);
    fputc('\n', script);
}

void draw_log_ticks(FILE *script, const char *axis, double low, double high)
{
    static const double steps[] = {1, 1.5, 2, 3, 5, 7};
    static const bool fewer[] = {true, false, true, false, true, false};
    const char *separator = "";
    fprintf(script, "set logscale %s\nset %stics (", axis, axis);
    for (int decade = (int)floor(log10(low)); decade <= (int)ceil(log10(high)); decade++) {
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            double tick = steps[i] * pow(10, decade);
            if ((high > 8 * low && !fewer[i]) || (high > 1e3 * low && i > 0)) continue;
            fprintf(script, "%s'%g' %.9g", separator, tick, tick);
            separator = ", ";
        }
    }
    fputs(")\n", script);
}

static bool has_loss(const report *r) { return has_curve(r, "train_loss"); }
static bool has_rate(const report *r) { return has_curve(r, "lr"); }
static bool has_energy_curve(const report *r) { return has_curve(r, "valid_energy_mae"); }
static bool has_force_curve(const report *r) { return has_curve(r, "valid_force_mae"); }
static bool has_stress_curve(const report *r) { return has_curve(r, "valid_stress_mae"); }
static bool has_displacement_curve(const report *r) { return has_curve(r, "valid_displacement_mae"); }
static bool has_energies(const report *r) { return r->energies.n > 0; }
static bool has_forces(const report *r) { return isfinite(r->metrics.force_mae); }

const report_figure report_figures[] = {
    {"loss",
     CURVES,
     {"Loss of training"},
     "Means over the samples of each epoch: the loss, and its terms before the recipe weighs them.",
     has_loss,
     draw_loss},
    {"rate", CURVES, {"Learning rate"}, "The learning rate of each epoch.", has_rate, draw_rate},
    {"energy",
     CURVES,
     {"Energies by epoch", "Targets by epoch"},
     "Mean absolute error on the validation set.",
     has_energy_curve,
     draw_energy_curve},
    {"forces",
     CURVES,
     {"Forces by epoch"},
     "Mean absolute error of components on the validation set.",
     has_force_curve,
     draw_force_curve},
    {"stress",
     CURVES,
     {"Stress by epoch"},
     "Mean absolute error of components on the validation set.",
     has_stress_curve,
     draw_stress_curve},
    {"displacement",
     CURVES,
     {"Displacements by epoch"},
     "Mean absolute error, on the validation set, of the components of displacements to relaxed positions, atoms with "
     "tag > 0.",
     has_displacement_curve,
     draw_displacement_curve},
    {"energy-parity",
     PARITY,
     {"Energies", "Targets"},
     "Predictions against labels; the line is where they are equal.",
     has_energies,
     draw_energy_parity},
    {"force-parity",
     PARITY,
     {"Forces"},
     "Predictions against labels, by component; the line is where they are equal.",
     has_forces,
     draw_force_parity},
    {"force-errors",
     ERRORS,
     {"Errors of forces by element"},
     "How the errors of force components are distributed, for each element; 99.5 % of them are within the picture.",
     has_forces,
     draw_force_errors},
    {0}};

/* Every figure twice. The script of a figure sets things and defines `figure`, the command that plots it. */
static void write_figure(FILE *script, const char *directory, const char *name)
{
    char path[4096];
    fputs("do for [kind in 'svg png'] {\n"
          "if (kind eq 'svg') { set terminal svg size 520,400 dynamic noenhanced font 'sans-serif,14' background "
          "'white' }\n"
          "else { set terminal pngcairo size 1040,800 noenhanced font 'sans-serif,13' fontscale 1.5 linewidth 2 "
          "pointscale 1.6 background 'white' }\nset output ",
          script);
    snprintf(path, sizeof path, "%s/%s.", directory, name);
    gnuplot_text(script, path);
    fputs(" . kind\neval figure\nset output\n}\n", script);
}

int report_draw(const report *r, const char *directory)
{
    FILE *script = tmpfile();
    if (script == NULL) return fail(r->command, "cannot make a temporary file: %s", strerror(errno));
    bool complete = true;
    for (const report_figure *f = report_figures; f->name != NULL; f++) {
        if (!f->wanted(r)) continue;
        fputs("reset\nset encoding utf8\nset border 3 lw 0.8\nset tics nomirror scale 0.6\n"
              "set grid lt 1 lw 0.6 lc rgb '#d5d8dc'\nset key samplen 1.5 noenhanced Left reverse\n",
              script);
        complete = f->draw(r, script) && complete;
        write_figure(script, directory, f->name);
    }
    int exit_status = complete ? gnuplot_run(r->command, script) : fail(r->command, "memory is exhausted");
    fclose(script);
    return exit_status;
}
