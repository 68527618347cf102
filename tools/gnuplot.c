/* Running gnuplot. SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"

extern char **environ;

void gnuplot_text(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text != '\0'; text++) {
        if (*text == '\'') fputc('\'', script);
        fputc(*text, script);
    }
    fputc('\'', script);
}

/* Starts gnuplot, which reads the script and writes what it has to say to `words`. Returns an error number or 0. */
static int start(FILE *script, FILE *words, pid_t *process)
{
    static char name[] = "gnuplot", plain[] = "--default-settings";
    char *arguments[] = {name, plain, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, fileno(words), STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, fileno(words), STDERR_FILENO);
    if (error == 0) error = posix_spawnp(process, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* The complaint: the last line that is no blank and no pointer at a column. */
static int complain(const char *command, FILE *words)
{
    char line[512], last[512] = "no reason was given";
    rewind(words);
    while (fgets(line, sizeof line, words) != NULL) {
        char *text = line + strspn(line, " \t^\n");
        text[strcspn(text, "\n")] = '\0';
        if (text[0] != '\0') memcpy(last, text, strlen(text) + 1);
    }
    return fail(command, "gnuplot failed: %s", last);
}

int gnuplot_run(const char *command, FILE *script)
{
    if (fflush(script) != 0 || ferror(script) || fseek(script, 0, SEEK_SET) != 0)
        return fail(command, "cannot write a temporary file: %s", strerror(errno));
    FILE *words = tmpfile();
    if (words == NULL) return fail(command, "cannot make a temporary file: %s", strerror(errno));
    pid_t process;
    int state = 0, exit_status = EXIT_SUCCESS, error = start(script, words, &process);
    if (error == 0)
        while (waitpid(process, &state, 0) < 0 && errno == EINTR) continue;
    if (error == ENOENT || (error == 0 && WIFEXITED(state) && WEXITSTATUS(state) == 127))
        exit_status =
            fail(command, "gnuplot is not installed; install it (Debian, Ubuntu: apt-get install gnuplot-nox)");
    else if (error != 0)
        exit_status = fail(command, "cannot start gnuplot: %s", strerror(error));
    else if (!WIFEXITED(state) || WEXITSTATUS(state) != 0)
        exit_status = complain(command, words);
    fclose(words);
    return exit_status;
}
