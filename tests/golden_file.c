/* One file of golden arrays: which cases it has, and what runs them. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON in the metadata; NULL if there is none. Text that is no JSON is reported. */
static json_t *load_metadata(golden_file *file, const char *key)
{
    const char *text = eqfi_safetensors_metadata(file->data, key);
    json_error_t error;
    if (text == NULL) return NULL;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL) golden_report(file->session, file->name, key, error.text);
    return value;
}

static bool ends_with_out(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL && strcmp(slash, "/out") == 0;
}

/* A checkpoint, say, expects nothing. */
static bool expects_something(const golden_file *file)
{
    static const char *const keys[] = {"cases", "irreps", "recipe"};
    static const char *const prefixes[] = {"out/", "w3j/", "wigner_d/", "rotate/", "sh/"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (eqfi_safetensors_metadata(file->data, keys[i]) != NULL) return true;
    for (int i = 0; i < eqfi_safetensors_count(file->data); i++) {
        const char *name = eqfi_safetensors_at(file->data, i)->name;
        if (ends_with_out(name)) return true;
        for (size_t j = 0; j < sizeof prefixes / sizeof *prefixes; j++)
            if (strncmp(name, prefixes[j], strlen(prefixes[j])) == 0) return true;
    }
    return false;
}

static bool find_convention(golden_file *file)
{
    const char *text = eqfi_safetensors_metadata(file->data, "cg_convention");
    char message[128];
    if (text != NULL && strcmp(text, "e3nn-0.5") == 0) {
        file->convention = EQF_CG_E3NN_05;
    } else if (text != NULL && strcmp(text, "e3nn-0.4") == 0) {
        file->convention = EQF_CG_E3NN_04;
    } else {
        snprintf(message, sizeof message, "cg_convention is %.40s, expected e3nn-0.5 or e3nn-0.4",
                 text == NULL ? "missing" : text);
        golden_report(file->session, file->name, "", message);
        return false;
    }
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- cases -- */

/* A case of nn or blocks: the module that its kind names. */
static void run_module(golden_case *c)
{
    const char *name = golden_text(c, "kind");
    if (name == NULL) return;
    const golden_kind *kind = golden_nn_kind(name);
    if (kind == NULL) kind = golden_block_kind(name);
    if (kind == NULL) {
        golden_fail(c, "the kind %s is not known", name);
        return;
    }
    eqf_module *module = kind->create(c);
    if (module != NULL) golden_function(c, module, kind->rows);
    eqf_module_free(module);
}

static void run_modules(golden_file *file, const json_t *config)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)config, name, value) golden_run(file, name, value, run_module);
}

static void run_products(golden_file *file, const json_t *cases)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *config = json_array_get(cases, i);
        const char *name = json_string_value(json_object_get(config, "name"));
        if (name == NULL)
            golden_report(file->session, file->name, "cases", "a case has no name");
        else
            golden_run(file, name, config, golden_tensor_product);
    }
}

/* A file is a training run, a model, or a collection of function cases. */
static void run_cases(golden_file *file)
{
    json_t *config = load_metadata(file, "config"), *cases = load_metadata(file, "cases");
    bool training = eqfi_safetensors_metadata(file->data, "recipe") != NULL;
    if (training && file->session->values_only) {
        memset(file->used, true, (size_t)eqfi_safetensors_count(file->data) * sizeof *file->used);
    } else if (training) {
        golden_run(file, "", config, golden_train);
    } else if (eqfi_safetensors_metadata(file->data, "kind") != NULL) {
        golden_run(file, "", config, golden_model);
    } else {
        golden_so3(file);
        run_products(file, cases);
        run_modules(file, config);
    }
    json_decref(config);
    json_decref(cases);
}

/* Arrays that no case has looked at; those of the graph are shared. */
static void report_unused(golden_file *file)
{
    for (int i = 0; i < eqfi_safetensors_count(file->data); i++) {
        const char *name = eqfi_safetensors_at(file->data, i)->name;
        if (file->used[i] || strncmp(name, "graph/", 6) == 0) continue;
        golden_report(file->session, file->name, name, "this array belongs to no case");
    }
}

void golden_run_file(golden_session *session, const char *path, const char *name)
{
    golden_file file = {.session = session, .name = name};
    if (eqfi_safetensors_open(session->context, path, &file.data) != EQF_OK) {
        golden_report(session, name, "", eqf_context_message(session->context));
        return;
    }
    file.used = golden_new((size_t)eqfi_safetensors_count(file.data), sizeof *file.used);
    if (!expects_something(&file)) {
        printf("%s expects nothing\n", name);
    } else if (find_convention(&file)) {
        run_cases(&file);
        report_unused(&file);
    }
    free(file.used);
    eqfi_safetensors_close(file.data);
}
