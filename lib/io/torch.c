/* Reading checkpoints of PyTorch. SPDX-License-Identifier: MIT */
#include "io/torch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/torch_state.h"
#include "io/zip.h"

enum { PICKLE_BYTES_MAX = 16 << 20, PLACE_SIZE = 512, MEMBER_SIZE = 512, SHARE = 16, ALWAYS_FINE = 1 << 20 };

typedef struct block {
    eqfi_torch_storage storage;
    unsigned char *bytes; /* NULL: not read yet */
} block;

struct eqfi_torch {
    eqf_allocator allocator;
    eqfi_zip *zip;
    char *prefix; /* of the members: "NAME/" */
    bool swapped; /* numbers begin with their highest byte */
    void *bytes;  /* of the pickle */
    eqfi_pickle *pickle;
    int count;
    eqfi_array *arrays; /* names owned */
    eqfi_torch_tensor *tensors;
    void **copies; /* of tensors that are not contiguous; NULL: none */
    int n_blocks;
    block *blocks;
    uint64_t allowed, used; /* bytes of storages, which the tensors that were asked for justify; which were read */
};

/* ------------------------------------------------------------------------------------------------------- archive -- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* The one member NAME/data.pkl. */
static eqf_status find_pickle(eqf_context *context, const eqfi_zip *zip, int64_t *member)
{
    eqf_status status = EQF_OK;
    int64_t found = -1;
    for (int64_t i = 0; i < eqfi_zip_count(zip); i++) {
        if (!ends_with(eqfi_zip_name(zip, i), "/data.pkl")) continue;
        EQFI_CHECK(found < 0, EQF_ERROR_FORMAT, "%s: it has two members data.pkl, '%.100s' and '%.100s'",
                   eqfi_zip_path(zip), eqfi_zip_name(zip, found), eqfi_zip_name(zip, i));
        found = i;
    }
    EQFI_CHECK(found >= 0, EQF_ERROR_FORMAT, "%s: it is no checkpoint of PyTorch: there is no member NAME/data.pkl",
               eqfi_zip_path(zip));
    *member = found;
fail:
    return status;
}

/* Member PREFIXname, -1 if there is none. */
static int64_t find_member(const eqfi_torch *file, const char *directory, eqfi_slice name)
{
    char member[MEMBER_SIZE];
    int length =
        snprintf(member, sizeof member, "%s%s%.*s", file->prefix, directory, (int)eqfi_slice_length(name), name.begin);
    return length < 0 || (size_t)length >= sizeof member ? -1 : eqfi_zip_find(file->zip, member);
}

/* Files since PyTorch 2.1 say it; before, numbers were those of the machine that wrote, which was little. */
static eqf_status read_byte_order(eqf_context *context, eqfi_torch *file)
{
    eqf_status status = EQF_OK;
    void *bytes = NULL;
    size_t length;
    int64_t member = find_member(file, "", eqfi_slice_of("byteorder"));
    if (member < 0) return EQF_OK;
    EQFI_TRY(eqfi_zip_read(context, file->zip, member, 16, &bytes, &length));
    eqfi_slice order = {bytes, (const char *)bytes + length};
    file->swapped = eqfi_slice_equals(order, "big");
    char excerpt[EQFI_EXCERPT_SIZE];
    EQFI_CHECK(file->swapped || eqfi_slice_equals(order, "little"), EQF_ERROR_FORMAT,
               "%s: the byte order is '%s', expected little or big", eqfi_zip_path(file->zip),
               eqfi_excerpt(order, excerpt));
fail:
    eqfi_delete(context, bytes);
    return status;
}

/* ---------------------------------------------------------------------------------------------------- state dict -- */

/* Names as the model has them: wrappers for several devices put "module." before, each once. */
static eqf_status keep_name(eqf_context *context, const char *place, const eqfi_pickle_value *key, char **name)
{
    static const char wrapper[] = "module.";
    eqf_status status = EQF_OK;
    char text[EQFI_EXCERPT_SIZE];
    EQFI_CHECK(key->kind == EQFI_PICKLE_TEXT, EQF_ERROR_FORMAT, "%s: byte %u: a key of the state dict is no text",
               place, (unsigned)key->position);
    eqfi_slice rest = key->text;
    size_t length = strlen(wrapper);
    while (eqfi_slice_length(rest) > length && memcmp(rest.begin, wrapper, length) == 0) rest.begin += length;
    EQFI_CHECK(eqfi_slice_length(rest) > 0 && memchr(rest.begin, '\0', eqfi_slice_length(rest)) == NULL,
               EQF_ERROR_FORMAT, "%s: byte %u: '%s' is no name of a tensor", place, (unsigned)key->position,
               eqfi_excerpt(key->text, text));
    EQFI_TRY(eqfi_new(context, eqfi_slice_length(rest) + 1, 1, (void **)name));
    memcpy(*name, rest.begin, eqfi_slice_length(rest));
fail:
    return status;
}

static eqf_status read_state(eqf_context *context, const char *place, eqfi_torch *file)
{
    eqf_status status = EQF_OK;
    const eqfi_pickle_value *state, *key;
    EQFI_TRY(eqfi_torch_find_state(context, place, file->pickle, &state));
    size_t n = state->count / 2;
    EQFI_TRY(eqfi_new(context, n, sizeof *file->arrays, (void **)&file->arrays));
    EQFI_TRY(eqfi_new(context, n, sizeof *file->tensors, (void **)&file->tensors));
    EQFI_TRY(eqfi_new(context, n, sizeof *file->copies, (void **)&file->copies));
    EQFI_TRY(eqfi_new(context, n, sizeof *file->blocks, (void **)&file->blocks));
    eqfi_pickle_cursor cursor = eqfi_pickle_items(file->pickle, state);
    while ((key = eqfi_pickle_next(&cursor)) != NULL) {
        eqfi_array *array = &file->arrays[file->count];
        eqfi_torch_tensor *tensor = &file->tensors[file->count];
        char *name;
        EQFI_TRY(keep_name(context, place, key, &name));
        array->name = name;
        file->count++;
        EQFI_TRY(eqfi_torch_read_tensor(context, place, name, file->pickle, eqfi_pickle_next(&cursor), tensor));
        array->dtype = tensor->storage.dtype;
        array->ndim = tensor->ndim;
        memcpy(array->shape, tensor->shape, sizeof array->shape);
        array->count = tensor->count;
    }
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------- loading -- */

static void swap_bytes(unsigned char *bytes, size_t length, size_t size)
{
    for (size_t i = 0; i + size <= length; i += size)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char kept = bytes[i + k];
            bytes[i + k] = bytes[i + size - 1 - k];
            bytes[i + size - 1 - k] = kept;
        }
}

static bool same_slice(eqfi_slice a, eqfi_slice b)
{
    size_t length = eqfi_slice_length(a);
    return eqfi_slice_length(b) == length && memcmp(a.begin, b.begin, length) == 0;
}

static eqf_status read_block(eqf_context *context, eqfi_torch *file, const char *name, block *b)
{
    eqf_status status = EQF_OK;
    void *bytes = NULL;
    char key[EQFI_EXCERPT_SIZE];
    size_t length, item = eqfi_dtype_bytes(b->storage.dtype);
    uint64_t wanted = (uint64_t)b->storage.count * item;
    eqfi_excerpt(b->storage.key, key);
    int64_t member = find_member(file, "data/", b->storage.key);
    EQFI_CHECK(member >= 0, EQF_ERROR_FORMAT, "%s: the tensor %.200s needs the member %.200sdata/%s, which is missing",
               eqfi_zip_path(file->zip), name, file->prefix, key);
    EQFI_CHECK(wanted <= file->allowed - file->used, EQF_ERROR_FORMAT,
               "%s: the tensor %.200s lies in a storage of %llu bytes, which is out of proportion",
               eqfi_zip_path(file->zip), name, (unsigned long long)wanted);
    EQFI_TRY(eqfi_zip_read(context, file->zip, member, wanted, &bytes, &length));
    EQFI_CHECK(length == wanted, EQF_ERROR_FORMAT,
               "%s: the storage of the tensor %.200s has %zu bytes, expected %llu for %lld %s",
               eqfi_zip_path(file->zip), name, length, (unsigned long long)wanted, (long long)b->storage.count,
               eqfi_dtype_text(b->storage.dtype));
    if (file->swapped) swap_bytes(bytes, length, item);
    file->used += wanted;
    b->bytes = bytes;
    bytes = NULL;
fail:
    eqfi_delete(context, bytes);
    return status;
}

/* The storage of a tensor; several may share it. */
static eqf_status find_block(eqf_context *context, eqfi_torch *file, int i, const block **found)
{
    eqf_status status = EQF_OK;
    const eqfi_torch_storage *storage = &file->tensors[i].storage;
    int at = 0;
    while (at < file->n_blocks && !same_slice(file->blocks[at].storage.key, storage->key)) at++;
    block *b = &file->blocks[at];
    if (at == file->n_blocks) {
        *b = (block){*storage, NULL};
        file->n_blocks++;
    }
    EQFI_CHECK(b->storage.dtype == storage->dtype && b->storage.count == storage->count, EQF_ERROR_FORMAT,
               "%s: the tensor %.200s shares its storage with another one, but not its type and size",
               eqfi_zip_path(file->zip), file->arrays[i].name);
    if (b->bytes == NULL) EQFI_TRY(read_block(context, file, file->arrays[i].name, b));
    *found = b;
fail:
    return status;
}

static bool is_contiguous(const eqfi_torch_tensor *tensor)
{
    int64_t stride = 1;
    for (int d = tensor->ndim - 1; d >= 0; d--) {
        if (tensor->shape[d] != 1 && tensor->strides[d] != stride) return false;
        stride *= tensor->shape[d];
    }
    return true;
}

static void gather(const eqfi_torch_tensor *tensor, const unsigned char *from, unsigned char *to)
{
    size_t item = eqfi_dtype_bytes(tensor->storage.dtype);
    for (int64_t i = 0; i < tensor->count; i++, to += item) {
        int64_t rest = i, place = tensor->offset;
        for (int d = tensor->ndim - 1; d >= 0; d--) {
            place += rest % tensor->shape[d] * tensor->strides[d];
            rest /= tensor->shape[d];
        }
        memcpy(to, from + (size_t)place * item, item);
    }
}

eqf_status eqfi_torch_load(eqf_context *context, eqfi_torch *file, int i)
{
    eqf_status status = EQF_OK;
    const eqfi_torch_tensor *tensor = &file->tensors[i];
    eqfi_array *array = &file->arrays[i];
    size_t item = eqfi_dtype_bytes(tensor->storage.dtype);
    const block *b = NULL;
    if (array->data != NULL) return EQF_OK;
    if (tensor->count == 0) {
        array->data = "";
        return EQF_OK;
    }
    file->allowed += SHARE * (uint64_t)tensor->count * item;
    EQFI_TRY(find_block(context, file, i, &b));
    if (is_contiguous(tensor)) {
        array->data = b->bytes + (size_t)tensor->offset * item;
    } else {
        EQFI_TRY(eqfi_new(context, (size_t)tensor->count, item, &file->copies[i]));
        gather(tensor, b->bytes, file->copies[i]);
        array->data = file->copies[i];
    }
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------- opening -- */

/* Takes over the archive, also if it fails. */
static eqf_status open_archive(eqf_context *context, eqfi_zip *zip, eqfi_torch **file)
{
    eqf_status status = EQF_OK;
    eqfi_torch *made = NULL;
    char place[PLACE_SIZE];
    int64_t member = -1;
    size_t length;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->zip = zip;
    zip = NULL;
    made->allowed = ALWAYS_FINE;
    EQFI_TRY(find_pickle(context, made->zip, &member));
    const char *name = eqfi_zip_name(made->zip, member);
    snprintf(place, sizeof place, "%.250s: %.200s", eqfi_zip_path(made->zip), name);
    EQFI_TRY(eqfi_copy_text(context, name, &made->prefix));
    made->prefix[strlen(name) - strlen("data.pkl")] = '\0';
    EQFI_TRY(read_byte_order(context, made));
    EQFI_TRY(eqfi_zip_read(context, made->zip, member, PICKLE_BYTES_MAX, &made->bytes, &length));
    EQFI_TRY(eqfi_pickle_parse(context, place, made->bytes, length, &made->pickle));
    EQFI_TRY(read_state(context, place, made));
    *file = made;
    made = NULL;
fail:
    eqfi_zip_close(zip);
    eqfi_torch_close(made);
    return status;
}

eqf_status eqfi_torch_open(eqf_context *context, const char *path, eqfi_torch **file)
{
    eqfi_zip *zip;
    eqf_status status = eqfi_zip_open(context, path, &zip);
    return status == EQF_OK ? open_archive(context, zip, file) : status;
}

eqf_status eqfi_torch_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  eqfi_torch **file)
{
    eqfi_zip *zip;
    eqf_status status = eqfi_zip_open_memory(context, bytes, length, name, &zip);
    return status == EQF_OK ? open_archive(context, zip, file) : status;
}

void eqfi_torch_close(eqfi_torch *file)
{
    if (file == NULL) return;
    eqf_allocator allocator = file->allocator;
    for (int i = 0; i < file->count; i++) {
        eqfi_release(&allocator, (void *)(uintptr_t)file->arrays[i].name);
        eqfi_release(&allocator, file->copies[i]);
    }
    for (int i = 0; i < file->n_blocks; i++) eqfi_release(&allocator, file->blocks[i].bytes);
    eqfi_release(&allocator, file->arrays);
    eqfi_release(&allocator, file->tensors);
    eqfi_release(&allocator, file->copies);
    eqfi_release(&allocator, file->blocks);
    eqfi_pickle_free(file->pickle);
    eqfi_release(&allocator, file->bytes);
    eqfi_release(&allocator, file->prefix);
    eqfi_zip_close(file->zip);
    eqfi_release(&allocator, file);
}

int eqfi_torch_count(const eqfi_torch *file) { return file->count; }

const eqfi_array *eqfi_torch_at(const eqfi_torch *file, int i) { return &file->arrays[i]; }
