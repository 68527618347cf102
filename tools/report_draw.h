/* The scripts of gnuplot that make up a report's figures, in parts. SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPORT_DRAW_H
#define TOOLS_REPORT_DRAW_H

#include "report.h"

enum { DRAW_COLORS = 8, DRAW_TEXT_MAX = 256 };

extern const char *const draw_colors[DRAW_COLORS];

/* Labels an axis, 'x' or 'y', "force / (meV/Å)". */
void draw_axis(FILE *script, char axis, const char *quantity, const char *unit);

/* Numbers for a logarithmic axis, "y" or "cb", which gnuplot leaves without if it is less than a decade. */
void draw_log_ticks(FILE *script, const char *axis, double low, double high);

/* report_curves.c: by epoch. Whether the log has numbers of a key. */
bool has_curve(const report *r, const char *key);
bool draw_loss(const report *r, FILE *script);
bool draw_rate(const report *r, FILE *script);
bool draw_energy_curve(const report *r, FILE *script);
bool draw_force_curve(const report *r, FILE *script);
bool draw_stress_curve(const report *r, FILE *script);
bool draw_displacement_curve(const report *r, FILE *script);

/* report_points.c: predictions against labels. */
bool draw_energy_parity(const report *r, FILE *script);
bool draw_force_parity(const report *r, FILE *script);
bool draw_force_errors(const report *r, FILE *script);

#endif
