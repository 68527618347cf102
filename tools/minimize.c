/* The limited-memory BFGS method. SPDX-License-Identifier: MIT */
#include "minimize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTENINGS = 12 };

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void add(size_t n, double factor, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

static void scale(size_t n, double factor, double *x)
{
    for (size_t i = 0; i < n; i++) x[i] *= factor;
}

double longest_triple(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i += 3) most = fmax(most, x[i] * x[i] + x[i + 1] * x[i + 1] + x[i + 2] * x[i + 2]);
    return sqrt(most);
}

bool minimizer_begin(minimizer *m)
{
    size_t memory = (size_t)MINIMIZER_MEMORY * m->n;
    m->gradient = calloc(m->n + 1, sizeof *m->gradient);
    m->step = calloc(m->n + 1, sizeof *m->step);
    m->trial = calloc(m->n + 1, sizeof *m->trial);
    m->steps = calloc(memory + 1, sizeof *m->steps);
    m->changes = calloc(memory + 1, sizeof *m->changes);
    m->pairs = 0;
    if (m->gradient == NULL || m->step == NULL || m->trial == NULL || m->steps == NULL || m->changes == NULL)
        return false;
    return m->at(m->user, m->step, &m->energy, m->gradient);
}

void minimizer_end(minimizer *m)
{
    free(m->gradient);
    free(m->step);
    free(m->trial);
    free(m->steps);
    free(m->changes);
}

/* step = - (approximate inverse Hessian) gradient: the recursion of the source. */
static void find_direction(minimizer *m)
{
    double share[MINIMIZER_MEMORY];
    memcpy(m->step, m->gradient, m->n * sizeof *m->step);
    for (int i = m->pairs - 1; i >= 0; i--) {
        share[i] = dot(m->n, &m->steps[(size_t)i * m->n], m->step) / m->curvature[i];
        add(m->n, -share[i], &m->changes[(size_t)i * m->n], m->step);
    }
    double stiffness = m->stiffness;
    if (m->pairs > 0) {
        const double *y = &m->changes[(size_t)(m->pairs - 1) * m->n];
        stiffness = dot(m->n, y, y) / m->curvature[m->pairs - 1];
    }
    scale(m->n, 1 / stiffness, m->step);
    for (int i = 0; i < m->pairs; i++) {
        double back = dot(m->n, &m->changes[(size_t)i * m->n], m->step) / m->curvature[i];
        add(m->n, share[i] - back, &m->steps[(size_t)i * m->n], m->step);
    }
    scale(m->n, -1, m->step);
    double length = longest_triple(m->n, m->step);
    if (length > m->longest) scale(m->n, m->longest / length, m->step);
}

/* Remembers the step that was taken, and the gradient that it led to; not where the curvature along it is negative. */
static void remember(minimizer *m)
{
    if (m->pairs == MINIMIZER_MEMORY) {
        m->pairs--;
        size_t kept = (size_t)m->pairs * m->n;
        memmove(m->steps, m->steps + m->n, kept * sizeof *m->steps);
        memmove(m->changes, m->changes + m->n, kept * sizeof *m->changes);
        memmove(m->curvature, m->curvature + 1, (size_t)m->pairs * sizeof *m->curvature);
    }
    double *s = &m->steps[(size_t)m->pairs * m->n], *y = &m->changes[(size_t)m->pairs * m->n];
    memcpy(s, m->step, m->n * sizeof *s);
    for (size_t i = 0; i < m->n; i++) y[i] = m->trial[i] - m->gradient[i];
    double curvature = dot(m->n, s, y);
    if (curvature > 1e-10 * sqrt(dot(m->n, s, s) * dot(m->n, y, y))) m->curvature[m->pairs++] = curvature;
}

/* Shortens the step until the energy falls by a ten-thousandth of what the slope promises, at least. */
static minimizer_result take_step(minimizer *m)
{
    double energy = 0, slope = dot(m->n, m->step, m->gradient);
    if (!(slope < 0)) return MINIMIZER_STUCK;
    for (int i = 0; i < SHORTENINGS; i++) {
        if (!m->at(m->user, m->step, &energy, m->trial)) return MINIMIZER_FAILED;
        if (energy <= m->energy + 1e-4 * slope + m->noise) {
            remember(m);
            m->move(m->user);
            m->energy = energy;
            memcpy(m->gradient, m->trial, m->n * sizeof *m->gradient);
            return MINIMIZER_MOVED;
        }
        double vertex = -slope / (2 * (energy - m->energy - slope)); /* of the parabola */
        double factor = fmin(fmax(vertex, 0.1), 0.5);
        scale(m->n, factor, m->step);
        slope *= factor;
    }
    return MINIMIZER_STUCK;
}

minimizer_result minimizer_step(minimizer *m)
{
    find_direction(m);
    minimizer_result result = take_step(m);
    if (result != MINIMIZER_STUCK || m->pairs == 0) return result;
    m->pairs = 0; /* what is remembered may mislead: straight down */
    find_direction(m);
    return take_step(m);
}
