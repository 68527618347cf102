/* The directory of a training:
 *
 *     recipe.json                        the whole recipe
 *     log.jsonl                          a line per epoch that has ended
 *     best.safetensors, last.safetensors model files
 *     checkpoint-STEPS.safetensors       the newest two
 *
 * One process writes: the first. SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/number.h"
#include "io/file.h"
#include "train/trainer.h"

static const char prefix[] = "checkpoint-", suffix[] = ".safetensors";

static bool is_writer(const eqf_trainer *t) { return t->directory != NULL && t->reducer.rank == 0; }

static eqf_status fail_with_errno(eqf_context *context, const char *verb, const char *path)
{
    char buffer[EQFI_ERROR_TEXT_SIZE];
    return eqfi_fail(context, EQF_ERROR_IO, "cannot %s %s: %s", verb, path, eqfi_error_text(errno, buffer));
}

/* "DIRECTORY/name", to be freed with eqfi_delete. */
static eqf_status path_of(eqf_context *context, const eqf_trainer *t, const char *name, char **path)
{
    size_t size = strlen(t->directory) + strlen(name) + 2;
    eqf_status status = eqfi_new(context, size, 1, (void **)path);
    if (status == EQF_OK) snprintf(*path, size, "%s/%s", t->directory, name);
    return status;
}

static eqf_status checkpoint_path(eqf_context *context, const eqf_trainer *t, int64_t steps, char **path)
{
    char name[64];
    snprintf(name, sizeof name, "%s%012lld%s", prefix, (long long)steps, suffix);
    return path_of(context, t, name, path);
}

/* Directories down to path. */
static eqf_status make_directories(eqf_context *context, const char *path)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    struct stat about;
    EQFI_TRY(eqfi_copy_text(context, path, &text));
    for (char *slash = text + 1; *text != '\0'; slash++) {
        if (*slash != '/' && *slash != '\0') continue;
        bool end = *slash == '\0';
        *slash = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST) {
            status = fail_with_errno(context, "make the directory", text);
            break;
        }
        if (end) break;
        *slash = '/';
    }
    EQFI_CHECK(status != EQF_OK || (stat(path, &about) == 0 && S_ISDIR(about.st_mode)), EQF_ERROR_IO,
               "%s is no directory", path);
fail:
    eqfi_delete(context, text);
    return status;
}

/* ----------------------------------------------------------------------------------------------------- checkpoints -- */

/* Steps of "checkpoint-STEPS.safetensors", -1 for other names. */
static int64_t steps_of(const char *name)
{
    int64_t steps;
    size_t length = strlen(name), front = sizeof prefix - 1, back = sizeof suffix - 1;
    if (length <= front + back || strncmp(name, prefix, front) != 0 || strcmp(name + length - back, suffix) != 0)
        return -1;
    return eqfi_parse_int64(name + front, name + length - back, &steps) && steps >= 0 ? steps : -1;
}

static int descending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* Steps of all checkpoints, newest first, to be freed with eqfi_delete. */
static eqf_status list_checkpoints(eqf_context *context, const eqf_trainer *t, int64_t **steps, size_t *n)
{
    eqf_status status = EQF_OK;
    size_t capacity = 0;
    *n = 0;
    *steps = NULL;
    DIR *listing = opendir(t->directory);
    if (listing == NULL && errno == ENOENT) return EQF_OK;
    if (listing == NULL) return fail_with_errno(context, "read the directory", t->directory);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        int64_t found = steps_of(entry->d_name);
        if (found < 0) continue;
        EQFI_TRY(eqfi_grow(context, *n + 1, sizeof **steps, &capacity, (void **)steps));
        (*steps)[(*n)++] = found;
    }
    if (*n > 0) qsort(*steps, *n, sizeof **steps, descending);
fail:
    closedir(listing);
    if (status != EQF_OK) eqfi_delete(context, *steps);
    return status;
}

/* Whether an error means that the file itself is bad, so that an older one is worth trying. */
static bool is_damage(eqf_status status) { return status == EQF_ERROR_FORMAT || status == EQF_ERROR_PARSE; }

static eqf_status read_newest(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    bool found = false;
    int64_t *steps = NULL;
    char *path = NULL;
    size_t n = 0;
    int kept = 0;
    EQFI_TRY(list_checkpoints(context, t, &steps, &n));
    for (size_t i = 0; i < n; i++) {
        eqfi_delete(context, path);
        path = NULL;
        EQFI_TRY(checkpoint_path(context, t, steps[i], &path));
        if (found) {
            if (kept < EQFI_KEPT) t->checkpoints[kept++] = steps[i];
            continue;
        }
        status = eqfi_checkpoint_read(context, t, path);
        if (status == EQF_OK) {
            found = true;
            t->checkpoints[kept++] = steps[i];
        } else if (is_damage(status)) {
            eqfi_log(context, EQF_LOG_WARNING, "%s; the checkpoint before it is tried", eqf_context_message(context));
            status = EQF_OK;
        } else {
            goto fail;
        }
    }
    EQFI_CHECK(found || n == 0, EQF_ERROR_FORMAT, "no checkpoint in %s can be read: %s", t->directory,
               eqf_context_message(context));
fail:
    eqfi_delete(context, path);
    eqfi_delete(context, steps);
    return status;
}

/* Removes all checkpoints but those that are kept. */
static eqf_status prune(eqf_context *context, const eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    int64_t *steps = NULL;
    char *path = NULL;
    size_t n = 0;
    EQFI_TRY(list_checkpoints(context, t, &steps, &n));
    for (size_t i = 0; i < n; i++) {
        bool kept = false;
        for (int k = 0; k < EQFI_KEPT; k++) kept = kept || t->checkpoints[k] == steps[i];
        if (kept) continue;
        eqfi_delete(context, path);
        path = NULL;
        EQFI_TRY(checkpoint_path(context, t, steps[i], &path));
        if (unlink(path) != 0 && errno != ENOENT) {
            status = fail_with_errno(context, "remove", path);
            goto fail;
        }
    }
fail:
    eqfi_delete(context, path);
    eqfi_delete(context, steps);
    return status;
}

eqf_status eqfi_directory_save(eqf_context *context, eqf_trainer *trainer)
{
    eqf_status status = EQF_OK;
    char *path = NULL;
    if (is_writer(trainer)) {
        EQFI_TRY(checkpoint_path(context, trainer, trainer->position.total, &path));
        EQFI_TRY(eqfi_checkpoint_write(context, trainer, path));
    }
    if (trainer->checkpoints[0] != trainer->position.total) {
        trainer->checkpoints[1] = trainer->checkpoints[0];
        trainer->checkpoints[0] = trainer->position.total;
    }
    clock_gettime(CLOCK_MONOTONIC, &trainer->saved);
    if (is_writer(trainer)) EQFI_TRY(prune(context, trainer));
fail:
    eqfi_delete(context, path);
    return status;
}

/* --------------------------------------------------------------------------------------------------- log and models -- */

/* The part of the log that is about epochs before this one. */
static size_t length_before(const char *text, size_t length, int64_t epoch)
{
    size_t kept = 0;
    for (size_t begin = 0; begin < length; begin = kept) {
        const char *end = memchr(text + begin, '\n', length - begin);
        if (end == NULL) break;
        json_t *line = json_loadb(text + begin, (size_t)(end - text) - begin, 0, NULL);
        const json_t *number = json_object_get(line, "epoch");
        bool keep = json_is_integer(number) && json_integer_value(number) < epoch;
        json_decref(line);
        if (!keep) break;
        kept = (size_t)(end - text) + 1;
    }
    return kept;
}

static eqf_status cut_log(eqf_context *context, const eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    char *path = NULL, *text = NULL;
    size_t length = 0;
    EQFI_TRY(path_of(context, t, "log.jsonl", &path));
    if (access(path, F_OK) == 0) EQFI_TRY(eqfi_file_read(context, path, (void **)&text, &length));
    size_t kept = length_before(text, length, t->position.epoch);
    if (text == NULL || kept < length) {
        const eqfi_piece piece = {text, kept};
        EQFI_TRY(eqfi_file_replace(context, path, 1, &piece));
    }
fail:
    eqfi_delete(context, path);
    eqfi_delete(context, text);
    return status;
}

eqf_status eqfi_directory_add_line(eqf_context *context, const eqf_trainer *trainer, const char *line)
{
    eqf_status status = EQF_OK;
    char *path = NULL;
    struct stat about;
    const eqfi_piece piece = {line, strlen(line)};
    if (!is_writer(trainer)) return EQF_OK;
    EQFI_TRY(path_of(context, trainer, "log.jsonl", &path));
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool good = descriptor >= 0 && fstat(descriptor, &about) == 0;
    if (good && (!eqfi_write_all(descriptor, &piece) || fsync(descriptor) != 0)) {
        status = fail_with_errno(context, "write", path);
        if (ftruncate(descriptor, about.st_size) != 0) good = false; /* half a line is cut when training goes on */
    } else if (!good) {
        status = fail_with_errno(context, "write", path);
    }
    if (descriptor >= 0) close(descriptor);
fail:
    eqfi_delete(context, path);
    return status;
}

eqf_status eqfi_directory_save_model(eqf_context *context, const eqf_trainer *trainer, const char *name,
                                     const eqf_model *model)
{
    eqf_status status = EQF_OK;
    char *path = NULL;
    if (!is_writer(trainer)) return EQF_OK;
    EQFI_TRY(path_of(context, trainer, name, &path));
    EQFI_TRY(eqf_model_save(context, model, path));
fail:
    eqfi_delete(context, path);
    return status;
}

/* ------------------------------------------------------------------------------------------------- begin and resume -- */

/* Earlier results are not overwritten by a training that begins. */
static eqf_status check_unused(eqf_context *context, const eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    int64_t *steps = NULL;
    char *path = NULL;
    size_t n = 0;
    struct stat about;
    EQFI_TRY(list_checkpoints(context, t, &steps, &n));
    EQFI_TRY(path_of(context, t, "log.jsonl", &path));
    EQFI_CHECK(n == 0 && (stat(path, &about) != 0 || about.st_size == 0), EQF_ERROR_STATE,
               "%s holds an earlier training: resume it, or choose another directory", t->directory);
fail:
    eqfi_delete(context, steps);
    eqfi_delete(context, path);
    return status;
}

/* One training at a time works in a directory; one that was killed may take a moment to go. File systems without locks
 * have to trust. */
static eqf_status lock_directory(eqf_context *context, eqf_trainer *t)
{
    enum { TRIES = 40 };
    const struct timespec moment = {0, 50000000};
    t->lock = open(t->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->lock < 0) return EQF_OK;
    for (int i = 0; i < TRIES; i++) {
        if (flock(t->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return EQF_OK;
        nanosleep(&moment, NULL);
    }
    return eqfi_fail(context, EQF_ERROR_STATE, "another process trains in %s", t->directory);
}

eqf_status eqfi_directory_open(eqf_context *context, eqf_trainer *trainer, bool resume)
{
    eqf_status status = EQF_OK;
    if (is_writer(trainer)) {
        EQFI_TRY(make_directories(context, trainer->directory));
        EQFI_TRY(lock_directory(context, trainer));
        if (!resume) EQFI_TRY(check_unused(context, trainer));
    }
    if (resume) EQFI_TRY(read_newest(context, trainer));
fail:
    return status;
}

eqf_status eqfi_directory_begin(eqf_context *context, eqf_trainer *trainer)
{
    eqf_status status = EQF_OK;
    char *json = NULL, *path = NULL;
    if (!is_writer(trainer)) return EQF_OK;
    EQFI_TRY(eqf_recipe_format(context, trainer->recipe, &json));
    EQFI_TRY(path_of(context, trainer, "recipe.json", &path));
    const eqfi_piece pieces[2] = {{json, strlen(json)}, {"\n", 1}};
    EQFI_TRY(eqfi_file_replace(context, path, 2, pieces));
    EQFI_TRY(cut_log(context, trainer));
fail:
    eqf_text_free(context, json);
    eqfi_delete(context, path);
    return status;
}
