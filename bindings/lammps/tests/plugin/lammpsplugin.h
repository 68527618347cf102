// Stands for the interface of LAMMPS's package PLUGIN, which Debian's liblammps-dev lacks, in tests of the plugin.
// SPDX-License-Identifier: MIT
#ifndef LMP_LAMMPSPLUGIN_H
#define LMP_LAMMPSPLUGIN_H

extern "C" {
typedef void *(lammpsplugin_factory1)(void *lammps);
typedef void *(lammpsplugin_factory2)(void *lammps, int count, char **words);

typedef struct {
    const char *version, *style, *name, *info, *author;
    union {
        lammpsplugin_factory1 *v1;
        lammpsplugin_factory2 *v2;
    } creator;
    void *handle;
} lammpsplugin_t;

typedef void (*lammpsplugin_regfunc)(lammpsplugin_t *plugin, void *lammps);
typedef void (*lammpsplugin_initfunc)(void *lammps, void *handle, void *register_function);
}

#endif
