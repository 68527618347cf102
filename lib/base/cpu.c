/* SPDX-License-Identifier: MIT */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"

static const char *const names[EQFI_ISA_COUNT] = {
#define NAME_OF(name, text) text,
    EQFI_ISA_LIST(NAME_OF)
#undef NAME_OF
};

const char *eqfi_isa_name(eqfi_isa isa) { return names[isa]; }

static eqfi_isa machine_isa(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return EQFI_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return EQFI_ISA_AVX2;
#endif
    return EQFI_ISA_GENERIC;
}

eqfi_isa eqfi_cpu_isa(void)
{
    eqfi_isa isa = machine_isa();
    const char *wanted = getenv("EQUIFORMER_ISA");
    if (wanted == NULL) return isa;
    for (eqfi_isa lower = EQFI_ISA_GENERIC; lower < isa; lower++)
        if (strcmp(wanted, names[lower]) == 0) return lower;
    return isa;
}

int eqfi_cpu_count(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1) return 1;
    return online > EQFI_THREADS_MAX ? EQFI_THREADS_MAX : (int)online;
}
