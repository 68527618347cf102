/* Checkpoints: trainings that go on as if nothing had happened, and files that cannot be trusted.
 * SPDX-License-Identifier: MIT */
#include "support/training.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/directory.h"

static test_allocator memory;
static eqf_context *context;
static eqf_recipe *recipe;
static eqf_dataset *train, *valid;
static eqf_trainer *trainer, *reference;

static int set_up(void **state)
{
    context = test_context(&memory);
    return test_enter_directory(state);
}

static void drop(void)
{
    eqf_trainer_free(trainer);
    eqf_trainer_free(reference);
    eqf_dataset_free(train);
    eqf_dataset_free(valid);
    eqf_recipe_free(recipe);
    trainer = reference = NULL;
    train = valid = NULL;
    recipe = NULL;
}

static int tear_down(void **state)
{
    drop();
    test_context_free(context, &memory);
    if (system("rm -rf run kept whole") != 0) return -1;
    return test_leave_directory(state);
}

static void again(eqf_precision precision, int resume)
{
    eqf_trainer_free(trainer);
    trainer = training_begin(context, recipe, train, valid, precision, "run", resume);
}

static eqf_status try_again(eqf_precision precision, int resume)
{
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.directory = "run";
    options.resume = resume;
    options.precision = precision;
    eqf_trainer_free(trainer);
    trainer = NULL;
    return eqf_trainer_create(context, recipe, NULL, train, valid, &options, &trainer);
}

static long size_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? (long)about.st_size : -1;
}

/* The log without what a clock says. */
static char *read_log(const char *path)
{
    static char text[20000];
    FILE *file = fopen(path, "r");
    size_t used = 0;
    assert_non_null(file);
    for (char line[2000]; fgets(line, sizeof line, file) != NULL;) {
        char *seconds = strstr(line, "\"seconds\"");
        assert_non_null(seconds);
        *seconds = '\0';
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", line);
    }
    fclose(file);
    return text;
}

/* ----------------------------------------------------------------------------------------------------------- resume -- */

/* What a training may have: everything that draws random numbers, and that is kept from step to step. */
static const char *const kinds[] = {
    "model.alpha_drop=0.2 model.drop_path_rate=0.1 model.proj_drop=0.1 ema_decay=0.9 schedule=cosine_epoch "
    "warmup_epochs=1 epochs=4 batch_size=3",
    "optimizer=sgd momentum=0.9 schedule=plateau lr_period=1 lr_factor=0.5 lr_floor=0 lr=1e-4 epochs=4 batch_size=3",
    "model.use_auxiliary_task=true model.irreps_feature=8x0e+4x1e forces_weight=0 displacement_weight=15 "
    "displacement_weight_final=1 noise_fraction=0.5 noise_sigma=0.3 clip_norm=1 optimizer=adam ema_decay=0.5 epochs=4 "
    "batch_size=3",
};

static void make_data(size_t kind)
{
    train = kind == 2 ? training_relaxations(context, 10, 1) : training_molecules(context, 10, 1);
    valid = kind == 2 ? training_relaxations(context, 3, 2) : training_molecules(context, 3, 2);
    recipe = training_recipe(context, kinds[kind]);
}

static void test_resume(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            make_data(kind);
            reference = training_begin(context, recipe, train, valid, (eqf_precision)precision, "whole", 0);
            training_steps(context, reference, INT64_MAX);
            static const int64_t pieces[] = {2, 3, 1, 4, 5, 100}; /* in the middle, at the end, at the beginning */
            for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
                again((eqf_precision)precision, 1);
                training_steps(context, trainer, pieces[i]);
                TEST_OK(context, eqf_trainer_save(context, trainer));
                training_steps(context, trainer, 1); /* lost: nothing keeps it */
            }
            again((eqf_precision)precision, 1);
            eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
            assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);
            training_expect_same(context, trainer, reference);
            char *whole = strdup(read_log("whole/log.jsonl"));
            assert_string_equal(whole, read_log("run/log.jsonl"));
            free(whole);
            drop();
            assert_int_equal(system("rm -rf run whole"), 0);
        }
    }
}

/* Two checkpoints are kept; files of models and the log are there. */
static void test_files(void **state)
{
    (void)state;
    eqf_model *model = NULL;
    make_data(0);
    training_set(context, recipe, "checkpoint_steps=1 epochs=2");
    again(EQF_FLOAT32, 0);
    training_steps(context, trainer, INT64_MAX);
    assert_true(size_of("run/checkpoint-000000000008.safetensors") > 0);
    assert_true(size_of("run/checkpoint-000000000007.safetensors") > 0);
    assert_int_equal(size_of("run/checkpoint-000000000006.safetensors"), -1);
    assert_true(size_of("run/recipe.json") > 0 && size_of("run/log.jsonl") > 0);
    TEST_OK(context, eqf_model_load(context, "run/best.safetensors", &model));
    eqf_model_free(model);
    TEST_OK(context, eqf_model_load(context, "run/last.safetensors", &model));
    eqf_model_free(model);

    TEST_FAILS(context, EQF_ERROR_STATE, "run holds an earlier training", try_again(EQF_FLOAT32, 0));
    assert_true(size_of("run/checkpoint-000000000008.safetensors") > 0);
    reference = training_begin(context, recipe, train, valid, EQF_FLOAT32, "run", 1);
    TEST_FAILS(context, EQF_ERROR_STATE, "another process trains in run", try_again(EQF_FLOAT32, 1));
    eqf_trainer_free(reference);
    reference = training_begin(context, recipe, train, valid, EQF_FLOAT32, NULL, 0);
    TEST_FAILS(context, EQF_ERROR_STATE, "no directory", eqf_trainer_save(context, reference));
}

/* ----------------------------------------------------------------------------------------------------------- damage -- */

static char warning[1024];

static void keep_warning(void *user, eqf_log_level level, const char *text)
{
    (void)user;
    if (level == EQF_LOG_WARNING) snprintf(warning, sizeof warning, "%s", text);
}

static void flip_byte(const char *path, long place)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, place, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, place, SEEK_SET), 0);
    fputc(byte ^ 4, file);
    assert_int_equal(fclose(file), 0);
}

static void test_damage(void **state)
{
    (void)state;
    static const char newest[] = "run/checkpoint-000000000003.safetensors",
                      before[] = "run/checkpoint-000000000002.safetensors";
    test_context_free(context, &memory);
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.log = keep_warning;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    make_data(0);
    training_set(context, recipe, "checkpoint_steps=1 epochs=2");
    reference = training_begin(context, recipe, train, valid, EQF_FLOAT32, NULL, 0);
    training_steps(context, reference, INT64_MAX);
    again(EQF_FLOAT32, 0);
    training_steps(context, trainer, 3);
    eqf_trainer_free(trainer);
    trainer = NULL;
    long length = size_of(newest);
    assert_int_equal(system("cp -r run kept"), 0);
    const long places[] = {4, 30, length / 3, length - 1}; /* the length of the header, the header, numbers */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        warning[0] = '\0';
        flip_byte(newest, places[i]);
        again(EQF_FLOAT32, 1);
        assert_non_null(strstr(warning, newest));
        training_steps(context, trainer, INT64_MAX);
        training_expect_same(context, trainer, reference);
        eqf_trainer_free(trainer);
        trainer = NULL;
        assert_int_equal(system("rm -rf run; cp -r kept run"), 0);
    }
    assert_int_equal(truncate(newest, length / 2), 0);
    again(EQF_FLOAT32, 1);
    eqf_trainer_free(trainer);
    trainer = NULL;
    flip_byte(before, length - 5);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "no checkpoint in run can be read", try_again(EQF_FLOAT32, 1));
    drop();
    eqf_context_free(context);
    context = test_context(&memory);
}

/* What must be the same, and what may change. */
static void test_changes(void **state)
{
    (void)state;
    make_data(0);
    again(EQF_FLOAT32, 0);
    training_steps(context, trainer, 5);
    TEST_OK(context, eqf_trainer_save(context, trainer));
    TEST_FAILS(context, EQF_ERROR_STATE, "precision f32 and cannot go on in f64", try_again(EQF_FLOAT64, 1));
    training_set(context, recipe, "lr=1e-5");
    TEST_FAILS(context, EQF_ERROR_STATE, "lr of the recipe is not what it was", try_again(EQF_FLOAT32, 1));
    training_set(context, recipe, "lr=5e-3 model.num_heads=1");
    TEST_FAILS(context, EQF_ERROR_STATE, "model of the recipe is not what it was", try_again(EQF_FLOAT32, 1));
    training_set(context, recipe, "model.num_heads=2 epochs=5 early_stop=100 checkpoint_steps=3");
    again(EQF_FLOAT32, 1);
    assert_int_equal(training_steps(context, trainer, 1).step, 1);
    eqf_dataset_free(train);
    train = training_molecules(context, 10, 99);
    TEST_FAILS(context, EQF_ERROR_STATE, "the training set is not the one", try_again(EQF_FLOAT32, 1));
    eqf_dataset_free(train);
    eqf_dataset_free(valid);
    train = training_molecules(context, 10, 1);
    valid = training_molecules(context, 3, 99);
    TEST_FAILS(context, EQF_ERROR_STATE, "the validation set is not the one", try_again(EQF_FLOAT32, 1));
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.resume = 1;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "resume without a directory",
               eqf_trainer_create(context, recipe, NULL, train, valid, &options, &trainer));
}

/* A disk that is full: what is there stays, and the training can go on when there is room. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit old, small;
    make_data(0);
    training_set(context, recipe, "checkpoint_steps=1 epochs=2");
    reference = training_begin(context, recipe, train, valid, EQF_FLOAT32, NULL, 0);
    training_steps(context, reference, INT64_MAX);
    again(EQF_FLOAT32, 0);
    training_steps(context, trainer, 3);
    assert_int_equal(system("cp -r run kept"), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write run/best.safetensors",
               eqf_trainer_step(context, trainer, &p)); /* the last of the epoch */
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write run/checkpoint-", eqf_trainer_save(context, trainer));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(system("cd run && for f in checkpoint*; do cmp $f ../kept/$f || exit 1; done"), 0);
    assert_int_equal(system("ls run | grep -q tmp"), 256);
    TEST_OK(context, eqf_trainer_step(context, trainer, &p));
    assert_true(p.epoch_ended && isfinite(p.loss)); /* of the step that was done before the disk was full */
    training_steps(context, trainer, INT64_MAX);
    training_expect_same(context, trainer, reference);
}

/* The steps whose checkpoint cannot be written at first, the last one of all and the one after which the training was asked to
 * stop: the next call writes it and tells of the step. */
static void test_late_checkpoint(void **state)
{
    (void)state;
    make_data(0);
    training_set(context, recipe, "epochs=2 checkpoint_steps=0");
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    for (int last = 0; last < 2; last++) {
        char obstacle[64];
        again(EQF_FLOAT32, 0);
        int steps = (int)training_steps(context, trainer, 1).steps;
        int total = last ? 2 * steps : 2;
        snprintf(obstacle, sizeof obstacle, "run/checkpoint-%012d.safetensors", total);
        assert_int_equal(mkdir(obstacle, 0777), 0);
        if (last)
            training_steps(context, trainer, total - 2);
        else
            eqf_trainer_stop(trainer);
        TEST_FAILS(context, EQF_ERROR_IO, "cannot write run/checkpoint-", eqf_trainer_step(context, trainer, &p));
        assert_int_equal(rmdir(obstacle), 0);
        TEST_OK(context, eqf_trainer_step(context, trainer, &p));
        assert_int_equal(p.step, last ? steps - 1 : 1);
        assert_int_equal(p.epoch_ended, last);
        assert_int_equal(access(obstacle, F_OK), 0);
        assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);
        assert_int_equal(system("rm -r run"), 0);
    }
}

/* A training that early_stop ended goes on with a longer one. */
static void test_longer(void **state)
{
    (void)state;
    make_data(0);
    training_set(context, recipe, "lr=0 warmup_epochs=0 ema_decay=0 schedule=constant epochs=9 early_stop=1");
    again(EQF_FLOAT32, 0);
    assert_int_equal(training_steps(context, trainer, INT64_MAX).epoch, 1); /* nothing improves after the first one */
    again(EQF_FLOAT32, 1);
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);
    training_set(context, recipe, "early_stop=3");
    again(EQF_FLOAT32, 1);
    assert_int_equal(training_steps(context, trainer, INT64_MAX).epoch, 3);
}

static void test_unwritable(void **state)
{
    (void)state;
    make_data(0);
    test_write_text("run", "a file\n");
    TEST_FAILS(context, EQF_ERROR_IO, "run is no directory", try_again(EQF_FLOAT32, 0));
    test_write_text("taken", "a file\n");
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.directory = "taken/run";
    TEST_FAILS(context, EQF_ERROR_IO, "taken",
               eqf_trainer_create(context, recipe, NULL, train, valid, &options, &trainer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unwritable, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
