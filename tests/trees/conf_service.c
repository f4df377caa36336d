/* SPDX-License-Identifier: MIT */
/*
 * A tree's own conf that reads its Kconfig files once and then answers many times.
 *
 * Linked with the unchanged sources of the tool, of which only conf.c is compiled
 * with -Dmain=conf_main -Dconf_parse=conf_parse_again. Each request is run by a
 * child made by fork(), so that every one starts from the same freshly read tree and
 * goes through all of the tool's own main(), its options and its environment.
 *
 * Usage: conf-service KCONFIG. It writes "ready" when the tree is read, or exits as
 * the tool does. Then, line by line on stdin, fields parted by tabs:
 *
 *     run NAME=VALUE ... -- ARGUMENT ...
 *
 * and the answer "done STATUS", STATUS being the exit status, or 128 and the signal.
 * Where the environment of a request has SERVICE_VALUES, the child leaves the value
 * of every symbol in that file once the tool is done:
 *
 *     TYPE VISIBLE NAME=VALUE
 *
 * with TYPE one of b, t, i, h, s, and VISIBLE 0, 1 or 2 for n, m or y. SERVICE_STDERR
 * names the file that gets the tool's complaints.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>
#include <sys/wait.h>

#include "lkc.h"

#define PATIENCE 120 /* seconds; a tool that runs in circles dies of SIGALRM */

int conf_main(int argc, char **argv);
void conf_parse_again(const char *name);

void conf_parse_again(const char *name)
{
	(void)name; /* read already, before the fork */
}

static char letter(const struct symbol *sym)
{
	switch (sym->type) {
	case S_BOOLEAN:
		return 'b';
	case S_TRISTATE:
		return 't';
	case S_INT:
		return 'i';
	case S_HEX:
		return 'h';
	case S_STRING:
		return 's';
	default:
		return 0;
	}
}

static void leave_values(void)
{
	const char *path = getenv("SERVICE_VALUES");
	struct menu *menu = rootmenu.list;
	FILE *out;

	if (!path || !(out = fopen(path, "w")))
		return;
	while (menu) {
		struct symbol *sym = menu->sym;

		if (sym && sym->name && !sym_is_choice(sym) && letter(sym)) {
			const char *value;

			sym_calc_value(sym);
			value = sym_get_string_value(sym);
			fprintf(out, "%c %d %s=%s\n", letter(sym), (int)sym->visible,
				sym->name, value ? value : "");
		}
		if (menu->list) {
			menu = menu->list;
			continue;
		}
		while (menu && !menu->next)
			menu = menu->parent;
		if (menu)
			menu = menu->next;
	}
	fclose(out);
}

static void send_to(int stream, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (file >= 0) {
		dup2(file, stream);
		close(file);
	}
}

static void run(char *request)
{
	char *arguments[64] = { "conf" };
	int count = 1, options = 0;
	char *field;

	for (field = strtok(request, "\t"); field; field = strtok(NULL, "\t")) {
		if (!options && !strcmp(field, "--"))
			options = 1;
		else if (!options)
			putenv(field);
		else if (count < 63)
			arguments[count++] = field;
	}
	arguments[count] = NULL;
	send_to(STDIN_FILENO, "/dev/null");
	send_to(STDOUT_FILENO, "/dev/null");
	send_to(STDERR_FILENO, getenv("SERVICE_STDERR") ?: "/dev/null");
	alarm(PATIENCE);
	atexit(leave_values);
	optind = 1;
	exit(conf_main(count, arguments));
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (argc != 2) {
		fprintf(stderr, "usage: %s KCONFIG\n", argv[0]);
		return 2;
	}
	alarm(PATIENCE);
	conf_parse(argv[1]);
	alarm(0);
	printf("ready\n");
	fflush(NULL);
	while ((length = getline(&line, &size, stdin)) > 0) {
		int status = 0;
		pid_t child;

		line[length - 1] = 0;
		child = fork();
		if (child < 0)
			return 3;
		if (!child)
			run(line + strlen("run\t"));
		waitpid(child, &status, 0);
		printf("done %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		fflush(stdout);
	}
	return 0;
}
