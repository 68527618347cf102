/* Writing parts of data sets, and other files of structures that appear when they are whole. SPDX-License-Identifier: MIT */
#include "dataset_write.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

/* A name beside path for what is not whole yet, to be freed; NULL after saying that memory is exhausted. */
static char *name_beside(const char *command, const char *path)
{
    size_t room = strlen(path) + 40;
    char *name = malloc(room);
    if (name == NULL)
        fail(command, "memory is exhausted");
    else
        snprintf(name, room, "%s.%ld.tmp", path, (long)getpid());
    return name;
}

/* Gives what is whole its name. */
static int finish_file(const char *command, const char *beside, const char *path)
{
    if (rename(beside, path) == 0) return EXIT_SUCCESS;
    return fail(command, "cannot replace %s: %s", path, strerror(errno));
}

static eqf_status copy_samples(eqf_context *context, const eqf_dataset *dataset, int64_t n, const int64_t *indices,
                               eqf_frames_writer *writer)
{
    eqf_status status = EQF_OK;
    progress bar;
    progress_begin(&bar, n);
    for (int64_t i = 0; i < n && status == EQF_OK; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        status = eqf_dataset_get(context, dataset, indices == NULL ? i : indices[i], &sample);
        if (status == EQF_OK) status = eqf_frames_writer_add(context, writer, sample.structure, 0, NULL);
        progress_step(&bar);
    }
    progress_hide(&bar);
    return status;
}

/* The name of the file that is being written, which a signal that ends the process removes. */
static const char *volatile unfinished;

static void remove_unfinished(int number)
{
    if (unfinished != NULL) unlink(unfinished);
    signal(number, SIG_DFL);
    raise(number);
}

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* NULL: nothing is being written. Signals that the process ignores, as under nohup, stay ignored. */
static void watch(const char *beside)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    unfinished = beside;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!is_ignored(numbers[i])) signal(numbers[i], beside != NULL ? remove_unfinished : SIG_DFL);
}

bool is_npz(const char *path)
{
    size_t length = strlen(path);
    return length >= 4 && strcmp(path + length - 4, ".npz") == 0;
}

/* An npz comes into being in one step, and a device or a pipe is written as it is. */
static bool is_in_place(const char *path)
{
    struct stat about;
    return strcmp(path, "-") == 0 || is_npz(path) || (stat(path, &about) == 0 && !S_ISREG(about.st_mode));
}

/* Says the library's message, with the name that the file is to have. */
static int fail_to_open(const char *command, const char *message, const frames_file *file)
{
    const char *beside = file->beside == NULL ? NULL : strstr(message, file->beside);
    if (beside == NULL) return fail(command, "%s", message);
    return fail(command, "%.*s%s%s", (int)(beside - message), message, file->path, beside + strlen(file->beside));
}

int frames_file_open(const char *command, eqf_context *context, const char *path, frames_file *file)
{
    *file = (frames_file){.path = path};
    bool in_place = is_in_place(path);
    if (!in_place && (file->beside = name_beside(command, path)) == NULL) return EXIT_FAILURE;
    eqf_status status = eqf_frames_writer_create(context, in_place ? path : file->beside, NULL, &file->writer);
    if (status == EQF_OK) {
        if (file->beside != NULL) watch(file->beside);
        return EXIT_SUCCESS;
    }
    fail_to_open(command, message_of(context, status), file);
    free(file->beside);
    file->beside = NULL;
    return EXIT_FAILURE;
}

int frames_file_close(const char *command, eqf_context *context, frames_file *file, bool complete)
{
    int exit_status = EXIT_SUCCESS;
    if (file->writer == NULL) return EXIT_SUCCESS;
    eqf_status status = complete ? eqf_frames_writer_finish(context, file->writer) : EQF_OK;
    eqf_frames_writer_free(file->writer);
    if (status != EQF_OK) exit_status = fail(command, "%s", message_of(context, status));
    complete = complete && status == EQF_OK;
    if (file->beside != NULL && complete) exit_status = finish_file(command, file->beside, file->path);
    if (file->beside != NULL && (!complete || exit_status != EXIT_SUCCESS)) unlink(file->beside);
    if (file->beside != NULL) watch(NULL);
    free(file->beside);
    *file = (frames_file){.path = file->path};
    return exit_status;
}

int write_samples(const char *command, eqf_context *context, const eqf_dataset *dataset, int64_t n,
                  const int64_t *indices, const char *path)
{
    frames_file file;
    if (frames_file_open(command, context, path, &file) != EXIT_SUCCESS) return EXIT_FAILURE;
    eqf_status status = copy_samples(context, dataset, n, indices, file.writer);
    int exit_status = status == EQF_OK ? EXIT_SUCCESS : fail(command, "%s", message_of(context, status));
    int closed = frames_file_close(command, context, &file, status == EQF_OK);
    return exit_status == EXIT_SUCCESS ? closed : exit_status;
}

int write_indices(const char *command, int64_t n, const int64_t *indices, const char *path)
{
    char *beside = name_beside(command, path);
    if (beside == NULL) return EXIT_FAILURE;
    FILE *file = fopen(beside, "w");
    if (file == NULL) {
        fail(command, "cannot open %s: %s", path, strerror(errno));
        free(beside);
        return EXIT_FAILURE;
    }
    for (int64_t i = 0; i < n; i++) fprintf(file, "%lld\n", (long long)indices[i]);
    bool whole = fflush(file) == 0 && !ferror(file);
    int number = errno, exit_status = EXIT_SUCCESS;
    if (fclose(file) != 0 || !whole)
        exit_status = fail(command, "cannot write %s: %s", path, strerror(whole ? errno : number));
    if (exit_status == EXIT_SUCCESS) exit_status = finish_file(command, beside, path);
    if (exit_status != EXIT_SUCCESS) unlink(beside);
    free(beside);
    return exit_status;
}
