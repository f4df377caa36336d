/* SPDX-License-Identifier: MIT */
/*
 * The symbols that a tree's own C tool reads: a line "NAME TYPE" each, named
 * choices left out.
 *
 * Linked with the unchanged sources of the tool in the place of conf.c.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"
#if __has_include("internal.h")
#include "internal.h"
#endif

static void print(struct symbol *sym)
{
	if (sym->name && !(sym->flags & SYMBOL_CONST) && sym->type != S_UNKNOWN &&
	    !sym_is_choice(sym))
		printf("%s %s\n", sym->name, sym_type_name(sym->type));
}

int main(int argc, char **argv)
{
	struct symbol *sym;
	(void)argc;
	conf_parse(argv[1]);
#ifdef ONE_ARGUMENT
	for_all_symbols(sym)
		print(sym);
#else
	int i;
	for_all_symbols(i, sym)
		print(sym);
#endif
	return 0;
}
