/* Training with threads, with processes that share batches, and with memory that runs out.
 * SPDX-License-Identifier: MIT */
#include "support/training.h"

#include <pthread.h>

static const char everything[] = "model.alpha_drop=0.2 model.drop_path_rate=0.1 model.proj_drop=0.1 model.out_drop=0.1 "
                                 "model.num_layers=2 ema_decay=0.9 clip_norm=5 epochs=2";

/* Weights after a training on so many threads. */
static double *train_on(int threads, eqf_precision precision, size_t *n)
{
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, threads);
    eqf_recipe *recipe = training_recipe(context, everything);
    eqf_dataset *train = training_molecules(context, 8, 1), *valid = training_molecules(context, 3, 2);
    eqf_trainer *trainer = training_begin(context, recipe, train, valid, precision, NULL, 0);
    training_steps(context, trainer, INT64_MAX);
    double *weights = training_weights(context, trainer, EQF_TRAINER_AVERAGE, n);
    eqf_trainer_free(trainer);
    eqf_dataset_free(train);
    eqf_dataset_free(valid);
    eqf_recipe_free(recipe);
    test_context_free(context, &memory);
    return weights;
}

static void test_threads(void **state)
{
    (void)state;
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        size_t n, m;
        double *one = train_on(1, (eqf_precision)precision, &n), *two = train_on(2, (eqf_precision)precision, &m);
        assert_int_equal(n, m);
        assert_memory_equal(one, two, n * sizeof *one);
        free(one);
        free(two);
    }
}

/* -------------------------------------------------------------------------------------------------------- processes -- */

enum { RANKS_MAX = 3, VALUES_MAX = 100000 };

/* Threads that play processes: each adds its numbers in turn, and all see the sums. */
typedef struct group {
    int ranks;
    pthread_barrier_t barrier;
    double sums[VALUES_MAX];
} group;

typedef struct member {
    group *group;
    int rank;
    const char *settings;
    eqf_train_progress last;
    eqf_metrics valid; /* of the last epoch */
    double *weights;
    size_t n;
} member;

static int sum(void *user, size_t n, double *values)
{
    member *m = user;
    group *g = m->group;
    if (n > VALUES_MAX) return 1;
    for (int rank = 0; rank < g->ranks; rank++) {
        if (rank == m->rank)
            for (size_t i = 0; i < n; i++) g->sums[i] = (rank == 0 ? 0 : g->sums[i]) + values[i];
        pthread_barrier_wait(&g->barrier);
    }
    memcpy(values, g->sums, n * sizeof *values);
    pthread_barrier_wait(&g->barrier);
    return 0;
}

static void *take_part(void *argument)
{
    member *m = argument;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_recipe *recipe = training_recipe(context, m->settings);
    eqf_dataset *train = training_molecules(context, 10, 1), *valid = training_molecules(context, 5, 2);
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    eqf_trainer *trainer = NULL;
    options.precision = EQF_FLOAT64;
    options.reducer = (eqf_reducer){sum, m, m->rank, m->group->ranks};
    TEST_OK(context, eqf_trainer_create(context, recipe, NULL, train, valid, &options, &trainer));
    m->last = training_steps(context, trainer, INT64_MAX);
    m->valid = *m->last.valid;
    m->weights = training_weights(context, trainer, EQF_TRAINER_LAST, &m->n);
    eqf_trainer_free(trainer);
    eqf_dataset_free(train);
    eqf_dataset_free(valid);
    eqf_recipe_free(recipe);
    test_context_free(context, &memory);
    return NULL;
}

static void run_group(int ranks, const char *settings, member members[RANKS_MAX])
{
    static group g;
    pthread_t threads[RANKS_MAX];
    g.ranks = ranks;
    assert_int_equal(pthread_barrier_init(&g.barrier, NULL, (unsigned)ranks), 0);
    for (int rank = 0; rank < ranks; rank++) {
        members[rank] = (member){.group = &g, .rank = rank, .settings = settings};
        assert_int_equal(pthread_create(&threads[rank], NULL, take_part, &members[rank]), 0);
    }
    for (int rank = 0; rank < ranks; rank++) assert_int_equal(pthread_join(threads[rank], NULL), 0);
    pthread_barrier_destroy(&g.barrier);
}

#define DROPOUTS                                                                                                       \
    "model.alpha_drop=0.2 model.drop_path_rate=0.1 model.proj_drop=0.1 epochs=3 lr=1e-3 energy_per_atom_weight=1 "
#define PAIRS "batch_size=2 epochs=2 lr=1e-3 clip_norm=1 "

/* Shares of a batch add up to it, dropouts and all, whether processes take them or one process in turn; with batches of two,
 * one of three processes has nothing, and parts are fewer than asked for. */
static void test_processes(void **state)
{
    (void)state;
    static const struct {
        const char *whole, *parted;
    } settings[] = {{DROPOUTS, DROPOUTS}, {DROPOUTS, DROPOUTS "batch_parts=3"}, {PAIRS, PAIRS "batch_parts=3"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        member one[RANKS_MAX], several[RANKS_MAX];
        run_group(1, settings[i].whole, one);
        for (int ranks = 1; ranks <= RANKS_MAX; ranks++) {
            run_group(ranks, settings[i].parted, several);
            for (int rank = 0; rank < ranks; rank++) {
                const member *a = &one[0], *b = &several[rank];
                assert_close(a->last.train_loss, b->last.train_loss, 1e-11 * a->last.train_loss);
                assert_close(a->valid.force_mae, b->valid.force_mae, 1e-11);
                assert_close(a->valid.energy_mae, b->valid.energy_mae, 1e-11);
                assert_int_equal(b->valid.samples, 5);
                assert_all_close(one[0].n, one[0].weights, several[rank].weights, 1e-9);
                assert_memory_equal(several[0].weights, several[rank].weights, one[0].n * sizeof(double));
            }
            for (int rank = 0; rank < ranks; rank++) free(several[rank].weights);
        }
        free(one[0].weights);
    }
}

static int refuse(void *user, size_t n, double *values)
{
    (void)user, (void)n, (void)values;
    return 1;
}

static void test_reducer_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_recipe *recipe = training_recipe(context, "");
    eqf_dataset *train = training_molecules(context, 4, 1);
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    eqf_trainer *trainer = NULL;
    options.reducer = (eqf_reducer){refuse, NULL, 0, 2};
    TEST_FAILS(context, EQF_ERROR_CALLBACK, "the sum over 2 processes failed",
               eqf_trainer_create(context, recipe, NULL, train, NULL, &options, &trainer));
    options.reducer = (eqf_reducer){refuse, NULL, 2, 2};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "process 2 of 2",
               eqf_trainer_create(context, recipe, NULL, train, NULL, &options, &trainer));
    options.reducer = (eqf_reducer){NULL, NULL, 0, 2};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "without a sum",
               eqf_trainer_create(context, recipe, NULL, train, NULL, &options, &trainer));
    eqf_dataset_free(train);
    eqf_recipe_free(recipe);
    test_context_free(context, &memory);
}

/* ----------------------------------------------------------------------------------------------------------- memory -- */

typedef struct ingredients {
    eqf_recipe *recipe;
    eqf_dataset *train, *valid;
} ingredients;

/* A trainer begins, makes the one step of its epoch, and gives a model. */
static eqf_status whole_training(eqf_context *context, void *argument)
{
    const ingredients *i = argument;
    eqf_trainer *trainer = NULL;
    eqf_model *model = NULL;
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    eqf_status status = eqf_trainer_create(context, i->recipe, NULL, i->train, i->valid, NULL, &trainer);
    if (status == EQF_OK) status = eqf_trainer_step(context, trainer, &p);
    if (status == EQF_OK) status = eqf_trainer_model(context, trainer, EQF_TRAINER_BEST, &model);
    eqf_model_free(model);
    eqf_trainer_free(trainer);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    ingredients i = {training_recipe(context, "epochs=1 ema_decay=0.5 model.fc_neurons=4 forces_weight=0"),
                     training_molecules(context, 3, 1), training_molecules(context, 2, 2)};
    test_every_allocation(whole_training, &i);
    eqf_recipe_free(i.recipe);
    eqf_dataset_free(i.train);
    eqf_dataset_free(i.valid);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_reducer_errors),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
