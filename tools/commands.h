/* The subcommands. Each reads its command line, argv[0] being its own name, and returns the exit status of the tool.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

/* The one list: X(name, what it does). */
#define COMMANDS(X)                                                                                                    \
    X(presets, "list the published configurations")                                                                    \
    X(init, "write a model file with fresh parameters")                                                                \
    X(import, "write a model file from a checkpoint of the published code")                                            \
    X(info, "describe a model file")                                                                                   \
    X(dataset, "look at labelled structures, divide and convert them")                                                 \
    X(train, "fit a model to labelled structures")                                                                     \
    X(evaluate, "compare a model with labelled structures")                                                            \
    X(report, "show what came of a training")                                                                          \
    X(predict, "compute energies and forces of structures")                                                            \
    X(relax, "move atoms to where the energy is lowest")                                                               \
    X(hessian, "compute harmonic frequencies")                                                                         \
    X(md, "run molecular dynamics")

#define DECLARE_COMMAND(name, about) int command_##name(int argc, char **argv);
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
