/* The `equiformer` command: chooses the subcommand. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/version.h>

#include "commands.h"
#include "output.h"

typedef struct command {
    const char *name, *about;
    int (*run)(int argc, char **argv);
} command;

#define COMMAND_ENTRY(name, about) {#name, about, command_##name},
static const command commands[] = {COMMANDS(COMMAND_ENTRY)};
#undef COMMAND_ENTRY

#define COMMAND_NAME(name, about) ", " #name
static const char command_names[] = COMMANDS(COMMAND_NAME);
#undef COMMAND_NAME

static int help(void)
{
    printf("usage: %s COMMAND [OPTIONS] [ARGUMENTS]\n\n"
           "Equivariant graph attention networks for atoms: energies and forces.\n\ncommands:\n",
           TOOL);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].about);
    printf("\n'%s COMMAND --help' tells more; '%s --version' prints the version.\n", TOOL, TOOL);
    return finish_output(NULL);
}

int main(int argc, char **argv)
{
    if (argc < 2) return fail_usage(NULL, "expected a command: %s", command_names + 2);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help();
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", TOOL, eqf_version_string());
        return finish_output(NULL);
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    return fail_usage(NULL, "unknown command '%s', expected one of: %s", argv[1], command_names + 2);
}
