/* Pictures through gnuplot, which is a program of its own. SPDX-License-Identifier: MIT */
#ifndef TOOLS_GNUPLOT_H
#define TOOLS_GNUPLOT_H

#include <stdio.h>

/* A text in quotes, as gnuplot reads it. */
void gnuplot_text(FILE *script, const char *text);

/* Runs a script that has been written to a temporary file. Returns EXIT_SUCCESS, or fails after saying why: that gnuplot
 * is not installed, or the first line of its complaint. */
int gnuplot_run(const char *command, FILE *script);

#endif
