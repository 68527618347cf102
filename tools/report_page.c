/* The page of a report: HTML that needs nothing else, with the pictures in it. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/version.h>

#include "output.h"
#include "report.h"

/* Pictures are drawn in black on white: the page gives lines and letters its own colours, which are light on dark where
 * the reader wants that, and dark on light on paper. */
static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1b2127;--soft:#5a6570;--line:#d9dee3;--tile:#f4f6f8}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6eaee;--soft:#9aa6b2;--line:#343c45;"
    "--tile:#1d2329}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\n"
    "main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 3rem}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem}h2{font-size:1.2rem;margin:2.2rem 0 .7rem}\n"
    "p{margin:.3rem 0}.soft,figcaption,footer{color:var(--soft)}figcaption,footer{font-size:.875rem}\n"
    "footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.6rem}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.2rem "
    "0;padding:0}\n"
    ".tiles div{background:var(--tile);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}\n"
    ".tiles dt{color:var(--soft);font-size:.875rem}.tiles dd{margin:0;font-size:1.35rem;font-weight:600}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:1rem}\n"
    "figure{margin:0;border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;min-width:0}\n"
    "figure h3{font-size:1rem;margin:0 0 .3rem}figure svg{display:block;width:100%;height:auto}\n"
    "svg [fill=black]{fill:var(--ink)}svg [stroke=black]{stroke:var(--ink)}svg [color=black]{color:var(--ink)}\n"
    "svg rect[fill='#ffffff']{fill:none}svg [stroke='rgb(213, 216, 220)']{stroke:var(--line)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "th{font-weight:500}thead th{color:var(--soft);font-size:.875rem}.number{text-align:right}\n"
    "td{overflow-wrap:anywhere}tbody th{color:var(--soft)}\n"
    ".columns{columns:2 22rem;column-gap:2rem}.columns tr{break-inside:avoid}\n"
    "@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--tile:#fff}body{font-size:11px}"
    "main{max-width:none;padding:0}.figures{grid-template-columns:1fr "
    "1fr}.columns{columns:2}figure,tr{break-inside:avoid}"
    "h2{break-after:avoid}}\n";

/* ----------------------------------------------------------------------------------------------------------- texts -- */

static void write_text(FILE *page, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': fputs("&amp;", page); break;
        case '<': fputs("&lt;", page); break;
        case '>': fputs("&gt;", page); break;
        case '"': fputs("&quot;", page); break;
        default: fputc(*text, page);
        }
    }
}

static void write_row(FILE *page, const char *name, const char *value)
{
    fputs("<tr><th scope=\"row\">", page);
    write_text(page, name);
    fputs("</th><td>", page);
    write_text(page, value);
    fputs("</td></tr>\n", page);
}

static void write_tile(FILE *page, const char *name, const char *value)
{
    fputs("<div><dt>", page);
    write_text(page, name);
    fputs("</dt><dd>", page);
    write_text(page, value);
    fputs("</dd></div>\n", page);
}

/* "5.2 meV"; nothing said where there is no number. */
static const char *quantity(char text[64], double value, const char *unit)
{
    if (isfinite(value))
        snprintf(text, 64, "%.4g%s%.40s", value, unit[0] == '\0' ? "" : " ", unit);
    else
        snprintf(text, 64, "–");
    return text;
}

static const char *duration(char text[64], double seconds)
{
    int whole = (int)fmin(seconds, 1e9);
    if (seconds < 60)
        snprintf(text, 64, "%.3g s", seconds);
    else if (seconds < 3600)
        snprintf(text, 64, "%d min %d s", whole / 60, whole % 60);
    else
        snprintf(text, 64, "%d h %d min", whole / 3600, whole / 60 % 60);
    return text;
}

/* ---------------------------------------------------------------------------------------------------------- figures -- */

static char *read_picture(const report *r, const char *directory, const char *name)
{
    char path[4096], *text = NULL;
    snprintf(path, sizeof path, "%s/%s.svg", directory, name);
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0 && (text = malloc((size_t)size + 1)) != NULL) {
        text[fread(text, 1, (size_t)size, file)] = '\0';
    } else {
        fail(r->command, "cannot read %s: %s", path, strerror(errno));
    }
    if (file != NULL) fclose(file);
    return text;
}

/* Names of a picture become its own, so that a page can have several; its titles, which are gnuplot's, go. */
static void write_content(FILE *page, const char *text, const char *name)
{
    static const char *const places[] = {" id=\"", " id='", "href='#", "href=\"#", "url(#"};
    while (*text != '\0') {
        if (strncmp(text, "<title>", 7) == 0) {
            const char *end = strstr(text, "</title>");
            if (end != NULL) text = end + 8;
        }
        size_t length = 1;
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            if (strncmp(text, places[i], strlen(places[i])) == 0) length = strlen(places[i]);
        fwrite(text, 1, length, page);
        if (length > 1) fprintf(page, "%s-", name);
        text += length;
    }
}

static int write_figure(const report *r, const char *directory, const report_figure *figure, FILE *page)
{
    char *text = read_picture(r, directory, figure->name);
    const char *title = figure->titles[figure->titles[1] != NULL && strcmp(r->target, "energy") != 0];
    if (text == NULL) return EXIT_FAILURE;
    const char *box = strstr(text, "viewBox=\""), *content = strstr(text, "<g id=");
    if (box == NULL || content == NULL) {
        free(text);
        return fail(r->command, "%s/%s.svg is not what gnuplot usually writes", directory, figure->name);
    }
    box += strlen("viewBox=\"");
    fprintf(page, "<figure>\n<h3>%s</h3>\n<svg viewBox=\"%.*s\" role=\"img\" aria-labelledby=\"%s-title %s-caption\">",
            title, (int)strcspn(box, "\""), box, figure->name, figure->name);
    fprintf(page, "<title id=\"%s-title\">%s</title>\n", figure->name, title);
    write_content(page, content, figure->name);
    fprintf(page, "<figcaption id=\"%s-caption\">%s</figcaption>\n</figure>\n", figure->name, figure->caption);
    free(text);
    return EXIT_SUCCESS;
}

static void write_elements(const report *r, FILE *page)
{
    char text[64];
    if (!isfinite(r->metrics.force_mae)) return;
    fputs(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">element</th><th scope=\"col\" class=\"number\">atoms"
        "</th><th scope=\"col\" class=\"number\">force MAE</th><th scope=\"col\" class=\"number\">force RMSE</th>"
        "</tr></thead>\n<tbody>\n",
        page);
    for (int z = 0; z < REPORT_ELEMENTS; z++) {
        const pairs *set = &r->forces[z];
        if (set->n == 0) continue;
        fprintf(page, "<tr><th scope=\"row\">%s</th><td class=\"number\">%lld</td>", eqf_element_symbol(z),
                (long long)set->n / 3);
        fprintf(page, "<td class=\"number\">%s</td>", quantity(text, r->small * pairs_mae(set), r->small_force_unit));
        fprintf(page, "<td class=\"number\">%s</td></tr>\n",
                quantity(text, r->small * pairs_rmse(set), r->small_force_unit));
    }
    fputs("</tbody></table></div>\n", page);
}

static int write_figures(const report *r, const char *directory, report_section section, const char *heading,
                         FILE *page)
{
    int exit_status = EXIT_SUCCESS;
    bool begun = false;
    for (const report_figure *f = report_figures; f->name != NULL && exit_status == EXIT_SUCCESS; f++) {
        if (f->section != section || !f->wanted(r)) continue;
        if (!begun) fprintf(page, "<h2>%s</h2>\n<div class=\"figures\">\n", heading);
        begun = true;
        exit_status = write_figure(r, directory, f, page);
    }
    if (section == ERRORS) write_elements(r, page);
    if (begun) fputs("</div>\n", page);
    return exit_status;
}

/* ----------------------------------------------------------------------------------------------------------- tables -- */

static double total_seconds(const report *r)
{
    double sum = 0;
    for (size_t i = 0; i < json_array_size(r->log); i++) {
        double seconds = report_number(json_array_get(r->log, i), "seconds");
        if (isfinite(seconds)) sum += seconds;
    }
    return sum;
}

static const json_t *last_epoch(const report *r) { return json_array_get(r->log, json_array_size(r->log) - 1); }

static void write_head(const report *r, FILE *page)
{
    const eqf_parameters *parameters = eqf_model_parameters(r->model);
    const char *recipe = json_string_value(json_object_get(r->recipe, "recipe"));
    char count[32], text[64];
    fputs("<h1>Training report</h1>\n<p class=\"soft\">", page);
    write_text(page, r->directory);
    if (recipe != NULL) {
        fputs(" · recipe ", page);
        write_text(page, recipe);
    }
    fprintf(page, " · %s parameters, %s</p>\n<dl class=\"tiles\">\n",
            grouped(eqf_parameters_elements(parameters), count),
            eqf_parameters_precision(parameters) == EQF_FLOAT64 ? "float64" : "float32");
    if (isfinite(r->metrics.energy_mae)) {
        char name[64];
        snprintf(name, sizeof name, "%s MAE", r->target);
        write_tile(page, name, quantity(text, r->small * r->metrics.energy_mae, r->small_energy_unit));
    }
    if (isfinite(r->metrics.force_mae)) {
        write_tile(page, "force MAE", quantity(text, r->small * r->metrics.force_mae, r->small_force_unit));
        write_tile(page, "force cosine", quantity(text, r->metrics.force_cosine, ""));
    }
    snprintf(text, sizeof text, "%zu", json_array_size(r->log));
    write_tile(page, "epochs", text);
    write_tile(page, "time", duration(text, total_seconds(r)));
    fputs("</dl>\n", page);
}

typedef struct error_row {
    const char *quantity, *measure, *key; /* of the log */
    double value, scale;
    const char *unit;
} error_row;

static void write_error(FILE *page, const error_row *row, const json_t *const epochs[2])
{
    char text[64];
    fprintf(page, "<tr><th scope=\"row\">%s, %s</th><td class=\"number\">", row->quantity, row->measure);
    write_text(page, quantity(text, row->scale * row->value, row->unit));
    for (int k = 0; k < 2; k++)
        if (epochs[k] != NULL)
            fprintf(page, "</td><td class=\"number\">%s",
                    quantity(text, row->scale * report_number(epochs[k], row->key), row->unit));
    fputs("</td></tr>\n", page);
}

/* Of the best model on the structures of the report; and those of the validation of its epoch, and of the last one. */
static void write_errors(const report *r, FILE *page)
{
    static const char *const names[] = {"best", "last"}, mae[] = "mean absolute error",
                             rmse[] = "root mean square error";
    const eqf_metrics *m = &r->metrics;
    const char *energy = r->small_energy_unit, *force = r->small_force_unit;
    const error_row rows[] = {
        {r->target, mae, "valid_energy_mae", m->energy_mae, r->small, energy},
        {r->target, rmse, "valid_energy_rmse", m->energy_rmse, r->small, energy},
        {r->target, "mean absolute error per atom", "valid_energy_mae_per_atom", m->energy_mae_per_atom, r->small,
         energy},
        {"force components", mae, "valid_force_mae", m->force_mae, r->small, force},
        {"force components", rmse, "valid_force_rmse", m->force_rmse, r->small, force},
        {"forces", "mean cosine", "valid_force_cosine", m->force_cosine, 1, ""},
        {"stress components", mae, "valid_stress_mae", m->stress_mae, r->small, r->small_stress_unit},
        {"displacement components", mae, "valid_displacement_mae", m->displacement_mae, 1, r->length_unit}};
    const json_t *epochs[] = {report_best(r) < 0 ? NULL : json_array_get(r->log, (size_t)report_best(r)),
                              last_epoch(r)};
    fprintf(page, "<h2>Errors</h2>\n<p class=\"soft\">%lld structures, %lld atoms: ", (long long)m->samples,
            (long long)m->atoms);
    write_text(page, r->valid);
    fputs("</p>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\"></th>"
          "<th scope=\"col\" class=\"number\">best model, these structures</th>",
          page);
    for (int k = 0; k < 2; k++)
        if (epochs[k] != NULL)
            fprintf(page, "<th scope=\"col\" class=\"number\">validation, %s epoch: %.0f</th>", names[k],
                    1 + report_number(epochs[k], "epoch"));
    fputs("</tr></thead>\n<tbody>\n", page);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (isfinite(rows[i].value)) write_error(page, &rows[i], epochs);
    fputs("</tbody></table></div>\n", page);
}

static void write_times(const report *r, FILE *page)
{
    size_t n = json_array_size(r->log), timed = 0;
    double least = INFINITY, most = 0, sum = total_seconds(r);
    char text[64];
    for (size_t i = 0; i < n; i++) {
        double seconds = report_number(json_array_get(r->log, i), "seconds");
        if (!isfinite(seconds)) continue;
        least = fmin(least, seconds);
        most = fmax(most, seconds);
        timed++;
    }
    if (timed == 0) return;
    fputs("<h2>Time</h2>\n<div class=\"wide\"><table><tbody>\n", page);
    snprintf(text, sizeof text, "%zu", n);
    write_row(page, "epochs", text);
    write_row(page, "all epochs", duration(text, sum));
    write_row(page, "an epoch, on average", duration(text, sum / (double)timed));
    write_row(page, "the shortest", duration(text, least));
    write_row(page, "the longest", duration(text, most));
    fputs("</tbody></table></div>\n", page);
}

/* Numbers and texts as they are, the rest as JSON. */
static void write_member(FILE *page, const char *key, const json_t *value)
{
    char number[64], *dump = NULL;
    const char *text = json_string_value(value);
    if (json_is_real(value)) {
        snprintf(number, sizeof number, "%.10g", json_real_value(value));
        text = number;
    } else if (text == NULL) {
        text = dump = json_dumps(value, JSON_ENCODE_ANY);
    }
    write_row(page, key, text == NULL ? "?" : text);
    free(dump);
}

/* All members of an object but those that are objects themselves, or null. */
static void write_object(FILE *page, const char *heading, json_t *object)
{
    const char *key;
    json_t *value;
    if (json_object_size(object) == 0) return;
    fprintf(page, "<h2>%s</h2>\n<div class=\"columns\"><table><tbody>\n", heading);
    json_object_foreach(object, key, value)
    {
        if (!json_is_object(value) && !json_is_null(value)) write_member(page, key, value);
    }
    fputs("</tbody></table></div>\n", page);
}

/* The files of the training, a row for each. */
static void write_files(const report *r, FILE *page)
{
    static const char *const keys[][2] = {{"train", "training set"},
                                          {"index", "of which those that this lists"},
                                          {"valid", "validation set"},
                                          {"valid_index", "of which those that this lists"}};
    if (r->run == NULL) return;
    fputs("<h2>Data</h2>\n<div class=\"wide\"><table><tbody>\n", page);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const json_t *value = json_object_get(r->run, keys[k][0]);
        if (json_is_string(value)) write_row(page, keys[k][1], json_string_value(value));
        for (size_t i = 0; i < json_array_size(value); i++) {
            const char *path = json_string_value(json_array_get(value, i));
            if (path != NULL) write_row(page, keys[k][1], path);
        }
    }
    fputs("</tbody></table></div>\n", page);
}

/* ------------------------------------------------------------------------------------------------------------- page -- */

static int write_body(const report *r, const char *directory, FILE *page)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Training report: ",
          page);
    write_text(page, r->directory);
    fprintf(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
    write_head(r, page);
    write_errors(r, page);
    int exit_status = write_figures(r, directory, CURVES, "Learning curves", page);
    if (exit_status == EXIT_SUCCESS)
        exit_status = write_figures(r, directory, PARITY, "Predictions of the best model against labels", page);
    if (exit_status == EXIT_SUCCESS) exit_status = write_figures(r, directory, ERRORS, "Errors by element", page);
    write_times(r, page);
    write_files(r, page);
    write_object(page, "Recipe", r->recipe);
    write_object(page, "Model", r->config);
    fprintf(page, "<footer>Written by %s %s.</footer>\n</main>\n</body>\n</html>\n", TOOL, eqf_version_string());
    return exit_status;
}

int report_write(const report *r, const char *directory, const char *path)
{
    char fresh[4096]; /* becomes the page when it is whole */
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *page = fopen(fresh, "wb");
    if (page == NULL) return fail(r->command, "cannot write %s: %s", fresh, strerror(errno));
    int exit_status = write_body(r, directory, page);
    bool complete = !ferror(page);
    complete = fclose(page) == 0 && complete;
    if (exit_status == EXIT_SUCCESS && (!complete || rename(fresh, path) != 0))
        exit_status = fail(r->command, "cannot write %s: %s", path, strerror(errno));
    if (exit_status != EXIT_SUCCESS) remove(fresh);
    return exit_status;
}
