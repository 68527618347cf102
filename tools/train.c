/* equiformer train: fits a model to labelled structures. SPDX-License-Identifier: MIT */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <equiformer/trainer.h>

#include "commands.h"
#include "config.h"
#include "data.h"
#include "options.h"
#include "output.h"
#include "record.h"
#include "reducer.h"
#include "units.h"

static const char command[] = "train";

/* Options that stand for keys of the recipe. */
enum { EPOCHS, BATCH_SIZE, RATE, SEED, TIME_LIMIT, ENERGY_KEY, FORCES_KEY, ENERGY_UNIT, LENGTH_UNIT, SHORTCUTS };

static const char *const shortcut_keys[SHORTCUTS] = {
    "epochs", "batch_size", "lr", "seed", "time_limit", "energy_key", "forces_key", "energy_unit", "length_unit"};

typedef struct wishes {
    const char *recipe, *directory, *model, *index, *valid_index;
    text_list train, valid, settings;
    const char *shortcuts[SHORTCUTS];
    int precision, threads;
    bool resume, json;
} wishes;

typedef struct job {
    const wishes *wishes;
    eqf_context *context;
    eqf_reducer reducer;
    eqf_recipe *recipe;
    eqf_model *model; /* to begin with, or NULL */
    eqf_dataset *train, *valid;
    eqf_trainer *trainer;
    eqf_precision precision;
    char energy_unit[16], length_unit[16]; /* of what is printed */
    double energy_factor;
    bool bar; /* on the terminal */
} job;

/* ---------------------------------------------------------------------------------------------------------- signals -- */

/* What a handler can reach. */
static eqf_trainer *interruptible;
static volatile sig_atomic_t caught;
static struct timespec caught_at;

/* The first signal ends the training after the step, one that comes a second later the process. Programs that signal both a
 * process and its group, as timeout does, mean one. */
static void interrupt(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (caught == 0) {
        caught_at = now;
        caught = number;
        if (interruptible != NULL) eqf_trainer_stop(interruptible);
    } else if ((double)(now.tv_sec - caught_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - caught_at.tv_nsec) > 1) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void catch_signals(eqf_trainer *trainer)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupt;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    interruptible = trainer;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --------------------------------------------------------------------------------------------------------- beginning -- */

static int refuse(const job *j, eqf_status status) { return fail(command, "%s", message_of(j->context, status)); }

/* A file with JSON, or a name. */
static eqf_status load_recipe(job *j, const char *name)
{
    size_t length = strlen(name);
    bool is_file = strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".json") == 0);
    if (!is_file) return eqf_recipe_preset(j->context, name, &j->recipe);
    char *text = read_whole_file(command, name);
    if (text == NULL) return EQF_ERROR_IO;
    eqf_status status = eqf_recipe_parse(j->context, text, &j->recipe);
    free(text);
    if (status != EQF_OK) fail(command, "%s: %s", name, message_of(j->context, status));
    return status == EQF_OK ? EQF_OK : EQF_ERROR_IO;
}

static int make_recipe(job *j)
{
    const wishes *w = j->wishes;
    char path[4096];
    const char *name = w->recipe;
    if (name == NULL) { /* of the training that goes on */
        snprintf(path, sizeof path, "%s/recipe.json", w->directory);
        name = path;
    }
    eqf_status status = load_recipe(j, name);
    if (status == EQF_ERROR_IO) return EXIT_FAILURE; /* which has been said */
    for (int i = 0; status == EQF_OK && i < w->settings.n; i++) {
        const char *setting = w->settings.items[i], *equals = strchr(setting, '=');
        char *key = strndup(setting, (size_t)(equals - setting));
        if (key == NULL) return fail(command, "memory is exhausted");
        status = eqf_recipe_set(j->context, j->recipe, key, equals + 1);
        free(key);
    }
    for (int i = 0; status == EQF_OK && i < SHORTCUTS; i++)
        if (w->shortcuts[i] != NULL) status = eqf_recipe_set(j->context, j->recipe, shortcut_keys[i], w->shortcuts[i]);
    return status == EQF_OK ? EXIT_SUCCESS : refuse(j, status);
}

static int load_data(job *j)
{
    const wishes *w = j->wishes;
    eqf_dataset_options options;
    eqf_recipe_dataset_options(j->recipe, &options);
    j->train = open_data(command, j->context, w->train.n, (char **)w->train.items, &options, w->index);
    if (j->train == NULL) return EXIT_FAILURE;
    if (w->valid.n == 0) return EXIT_SUCCESS;
    j->valid = open_data(command, j->context, w->valid.n, (char **)w->valid.items, &options, w->valid_index);
    return j->valid == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int load_model(job *j)
{
    const wishes *w = j->wishes;
    j->precision = w->precision < 0 ? EQF_FLOAT32 : (eqf_precision)w->precision;
    if (w->model == NULL) return EXIT_SUCCESS;
    eqf_status status = eqf_model_load(j->context, w->model, &j->model);
    if (status != EQF_OK) return refuse(j, status);
    if (w->precision < 0) j->precision = eqf_parameters_precision(eqf_model_parameters(j->model));
    return EXIT_SUCCESS;
}

/* Of errors: those of the model, but meV and A in place of eV and angstrom. */
static int name_units(job *j)
{
    eqf_model *model = NULL;
    eqf_status status = eqf_trainer_model(j->context, j->trainer, EQF_TRAINER_LAST, &model);
    if (status != EQF_OK) return refuse(j, status);
    json_t *config = config_json(j->context, eqf_model_config(model));
    const char *energy = json_string_value(json_object_get(config, "energy_unit"));
    const char *length = json_string_value(json_object_get(config, "length_unit"));
    bool usual = energy != NULL && strcmp(energy, "eV") == 0;
    j->energy_factor = usual ? 1000 : 1;
    snprintf(j->energy_unit, sizeof j->energy_unit, "%s", usual ? "meV" : energy == NULL ? "" : energy);
    usual = length != NULL && strcmp(length, "angstrom") == 0;
    snprintf(j->length_unit, sizeof j->length_unit, "%s", usual ? "A" : length == NULL ? "" : length);
    json_decref(config);
    eqf_model_free(model);
    return EXIT_SUCCESS;
}

static int make_trainer(job *j)
{
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.directory = j->wishes->directory;
    options.resume = j->wishes->resume;
    options.precision = j->precision;
    options.reducer = j->reducer;
    eqf_status status = eqf_trainer_create(j->context, j->recipe, j->model, j->train, j->valid, &options, &j->trainer);
    if (status != EQF_OK) return refuse(j, status);
    return name_units(j);
}

static int keep_record(const job *j)
{
    const wishes *w = j->wishes;
    if (j->reducer.rank != 0) return EXIT_SUCCESS;
    json_t *record = record_make(&w->train, w->index, &w->valid, w->valid_index);
    int exit_status =
        record == NULL ? fail(command, "memory is exhausted") : record_write(command, w->directory, record);
    json_decref(record);
    return exit_status;
}

/* ---------------------------------------------------------------------------------------------------------- progress -- */

static void hide_bar(const job *j)
{
    if (j->bar) fputs("\r\033[K", stderr);
}

static void show_bar(const job *j, const eqf_train_progress *p)
{
    enum { WIDTH = 24 };
    if (!j->bar) return;
    int filled = (int)(WIDTH * (p->step + 1) / p->steps);
    double left = p->seconds * (double)(p->steps - p->step - 1) / (double)(p->step + 1);
    fprintf(stderr, "\r[%.*s%.*s] epoch %lld of %lld, step %lld of %lld, loss %.4g, %.0f s left\033[K", filled,
            "########################", WIDTH - filled, "........................", (long long)p->epoch + 1,
            (long long)p->epochs, (long long)p->step + 1, (long long)p->steps, p->train_loss, left);
}

/* In the unit of energy, divided by a power of that of length. */
static void print_error(const job *j, const char *name, double value, int power)
{
    static const char *const powers[] = {"", "", "^2", "^3"};
    if (!isfinite(value)) return;
    printf(", %s %.4g %s", name, j->energy_factor * value, j->energy_unit);
    if (power > 0) printf("/%s%s", j->length_unit, powers[power]);
}

static void print_epoch(const job *j, const eqf_train_progress *p)
{
    hide_bar(j);
    printf("epoch %lld of %lld: lr %.3g, loss %.4g", (long long)p->epoch + 1, (long long)p->epochs, p->rate,
           p->train_loss);
    print_error(j, "energy error", p->valid->energy_mae, 0);
    print_error(j, "force error", p->valid->force_mae, 1);
    print_error(j, "stress error", p->valid->stress_mae, 3);
    if (isfinite(p->valid->displacement_mae))
        printf(", displacement error %.4g %s", p->valid->displacement_mae, j->length_unit);
    printf(", %.1f s%s\n", p->seconds, p->is_best && isfinite(p->valid->energy_mae) ? ", best" : "");
    fflush(stdout);
}

static void write_number_or_null(const char *key, double value)
{
    printf(", \"%s\": ", key);
    if (isfinite(value))
        write_number(stdout, value);
    else
        fputs("null", stdout);
}

static void print_json(const eqf_train_progress *p)
{
    printf("{\"epoch\": %lld", (long long)p->epoch);
    write_number_or_null("lr", p->rate);
    write_number_or_null("train_loss", p->train_loss);
    write_number_or_null("valid_energy_mae", p->valid->energy_mae);
    write_number_or_null("valid_force_mae", p->valid->force_mae);
    printf(", \"best\": %s", p->is_best ? "true" : "false");
    write_number_or_null("seconds", p->seconds);
    fputs("}\n", stdout);
    fflush(stdout);
}

/* --------------------------------------------------------------------------------------------------------- training -- */

static int run(job *j)
{
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    eqf_status status;
    bool speaks = j->reducer.rank == 0, began = false;
    j->bar = speaks && progress_wanted();
    catch_signals(j->trainer);
    while ((status = eqf_trainer_step(j->context, j->trainer, &p)) == EQF_OK) {
        began = true;
        if (speaks && !p.epoch_ended) show_bar(j, &p);
        if (speaks && p.epoch_ended) j->wishes->json ? print_json(&p) : print_epoch(j, &p);
        if (speaks && p.event == EQF_TRAIN_STOP && !j->wishes->json) {
            hide_bar(j);
            printf("training ends here: %s\n", p.reason);
        }
    }
    interruptible = NULL;
    hide_bar(j);
    if (status != EQF_END) return refuse(j, status);
    if (!began && speaks && !j->wishes->json) printf("the training in %s is complete\n", j->wishes->directory);
    int exit_status = finish_output(command);
    return caught != 0 && p.event == EQF_TRAIN_STOP ? 128 + (int)caught : exit_status;
}

static void job_end(job *j)
{
    eqf_trainer_free(j->trainer);
    eqf_dataset_free(j->train);
    eqf_dataset_free(j->valid);
    eqf_model_free(j->model);
    eqf_recipe_free(j->recipe);
    eqf_context_free(j->context);
}

static int train(const wishes *w)
{
    job j = {.wishes = w};
    j.reducer = reducer_begin();
    int exit_status = EXIT_FAILURE;
    j.context = open_context(command, w->threads);
    if (j.context != NULL) exit_status = make_recipe(&j);
    if (exit_status == EXIT_SUCCESS) exit_status = load_model(&j);
    if (exit_status == EXIT_SUCCESS) exit_status = load_data(&j);
    if (exit_status == EXIT_SUCCESS) exit_status = make_trainer(&j);
    if (exit_status == EXIT_SUCCESS) exit_status = keep_record(&j);
    if (exit_status == EXIT_SUCCESS) exit_status = run(&j);
    job_end(&j);
    return reducer_end(exit_status);
}

/* What is missing on the command line; NULL if nothing is. */
static const char *missing(const wishes *w)
{
    if (w->recipe == NULL && !w->resume) return "--recipe NAME (qm9, md17-l2, md17-l3, oc20-is2re, oc20-is2re-aux)";
    if (w->train.n == 0) return "--train FILE, the structures to learn from";
    if (w->directory == NULL) return "-o DIRECTORY, where models, log and checkpoints are to be written";
    return NULL;
}

int command_train(int argc, char **argv)
{
    wishes w = {.precision = -1};
    const char **s = w.shortcuts;
    const option options[] = {
        {"recipe", 'r', "NAME", "a named recipe, or a file with one (NAME.json)", read_text, &w.recipe},
        {"train", 0, "FILE", "structures to learn from (required; may be repeated)", read_item, &w.train},
        {"valid", 0, "FILE", "structures to choose the best model by (else a part as the recipe says)", read_item,
         &w.valid},
        {"output", 'o', "DIR", "directory for models, log and checkpoints (required)", read_text, &w.directory},
        {"resume", 0, NULL, "go on where the training in the directory was", read_switch, &w.resume},
        {"model", 'm', "FILE", "begin with this model instead of a new one", read_text, &w.model},
        {"epochs", 0, "N", "how often every structure is seen", read_text, &s[EPOCHS]},
        {"batch-size", 0, "N", "structures per step", read_text, &s[BATCH_SIZE]},
        {"lr", 0, "X", "learning rate", read_text, &s[RATE]},
        {"seed", 0, "N", "of initial values, order and dropouts", read_text, &s[SEED]},
        {"time-limit", 0, "SECONDS", "end after so many seconds, to be resumed", read_text, &s[TIME_LIMIT]},
        {"energy-key", 0, "KEY", "what energies are called in the files", read_text, &s[ENERGY_KEY]},
        {"forces-key", 0, "KEY", "what forces are called in the files", read_text, &s[FORCES_KEY]},
        {"energy-unit", 0, "UNIT", "of the files", read_text, &s[ENERGY_UNIT]},
        {"length-unit", 0, "UNIT", "of the files", read_text, &s[LENGTH_UNIT]},
        {"index", 0, "FILE", "use the structures of --train that this file lists", read_text, &w.index},
        {"valid-index", 0, "FILE", "use the structures of --valid that this file lists", read_text, &w.valid_index},
        {"set", 's', "KEY=VALUE", "change a key of the recipe; may be repeated", read_setting, &w.settings},
        {"json", 'j', NULL, "one JSON object per epoch", read_switch, &w.json},
        {"precision", 0, "f32|f64", "of computation and weights (f32, or that of --model)", read_precision,
         &w.precision},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &w.threads},
        {0}};
    const command_manual manual = {
        command,
        "--recipe NAME --train FILE [--valid FILE] -o DIR",
        "Trains a model on labelled structures (extended XYZ, npz, raw QM9). The directory gets\n"
        "best.safetensors, last.safetensors, log.jsonl with a line per epoch, recipe.json, run.json, and checkpoints.\n"
        "SIGINT and SIGTERM end the training after the step with everything saved (exit status 130 or 143);\n"
        "--resume goes on, and gives the same bits as if there had been no interruption.\n"
        "docs/recipes.md lists the keys of recipes.",
        options,
        0,
        0};
    int exit_status = EXIT_SUCCESS;
    if (options_parse(&manual, &argc, argv, &exit_status)) {
        const char *text = missing(&w);
        exit_status = text != NULL ? fail_usage(command, "expected %s", text) : train(&w);
    }
    free(w.train.items);
    free(w.valid.items);
    free(w.settings.items);
    return exit_status;
}
