/* SPDX-License-Identifier: MIT */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#endif

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

#if defined(__x86_64__) && defined(__linux__)

/* Linux saves the tiles of a process's threads if the process has asked for it. */
static bool may_use_tiles(void)
{
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

bool eqfi_cpu_has_bf16(void)
{
    enum { AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, AVX512_BF16 = 1 << 5 };
    unsigned a, b, c, d;
    if (eqfi_cpu_isa() != EQFI_ISA_AVX512) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & AMX_BF16) == 0 || (d & AMX_TILE) == 0) return false;
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || (a & AVX512_BF16) == 0) return false;
    return may_use_tiles();
}

#else

bool eqfi_cpu_has_bf16(void) { return false; }

#endif

int eqfi_cpu_count(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1) return 1;
    return online > EQFI_THREADS_MAX ? EQFI_THREADS_MAX : (int)online;
}
