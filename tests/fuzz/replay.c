/* Runs a fuzz target on the files of its corpus, whole and cut short, without a fuzzer.
 *
 * usage: replay DIRECTORY - ends with the line "N passed, 0 failed"; a crash or a sanitizer's report is the failure.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs on the first `size` bytes of data, in a block of exactly that size so that reading past the end shows. */
static int run_prefix(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) return -1;
    memcpy(exact, data, size);
    int result = LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return result;
}

/* The bytes of a file, or NULL. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    uint8_t *bytes = NULL;
    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (end >= 0 && fseek(file, 0, SEEK_SET) == 0) bytes = malloc((size_t)end + 1);
    if (bytes != NULL && fread(bytes, 1, (size_t)end, file) != (size_t)end) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes != NULL) *size = (size_t)end;
    fclose(file);
    return bytes;
}

static int replay(const char *path)
{
    enum { CUTS = 16 };
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    if (bytes == NULL) return -1;
    int result = run_prefix(bytes, size);
    for (size_t cut = 0; result == 0 && cut < CUTS; cut++) result = run_prefix(bytes, size * cut / CUTS);
    free(bytes);
    return result;
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int count = argc == 2 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
    if (count < 0) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    int passed = 0, failed = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            printf("%s\n", path);
            fflush(stdout);
            if (replay(path) == 0)
                passed++;
            else
                failed++;
        }
        free(entries[i]);
    }
    free(entries);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
