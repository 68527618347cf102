/* The record of a training's files. SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

/* From the root, so that it is found from anywhere; null if there is none. */
static json_t *path_json(const char *path)
{
    if (path == NULL) return json_null();
    char *whole = realpath(path, NULL);
    json_t *text = json_string(whole != NULL ? whole : path);
    free(whole);
    return text != NULL ? text : json_null(); /* not UTF-8 */
}

static json_t *list_json(const text_list *list)
{
    json_t *array = json_array();
    for (int i = 0; i < list->n; i++)
        if (json_array_append_new(array, path_json(list->items[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *record_make(const text_list *train, const char *index, const text_list *valid, const char *valid_index)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "train", list_json(train), "index", path_json(index), "valid",
                     list_json(valid), "valid_index", path_json(valid_index));
}

int record_write(const char *command, const char *directory, const json_t *record)
{
    char path[4096], fresh[4104];
    snprintf(path, sizeof path, "%s/run.json", directory);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    if (json_dump_file(record, fresh, JSON_INDENT(2)) == 0 && rename(fresh, path) == 0) return EXIT_SUCCESS;
    int exit_status = fail(command, "cannot write %s: %s", path, strerror(errno));
    unlink(fresh);
    return exit_status;
}
