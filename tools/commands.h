/* The subcommands. Each reads its command line, argv[0] being its own name, and returns the exit status of the tool.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

/* The one list: X(name, what it does). */
#define COMMANDS(X)                                                                                                    \
    X(presets, "list the published configurations")                                                                    \
    X(init, "write a model file with fresh parameters")                                                                \
    X(info, "describe a model file")                                                                                   \
    X(predict, "compute energies and forces of structures")

#define DECLARE_COMMAND(name, about) int command_##name(int argc, char **argv);
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
