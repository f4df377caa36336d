/* SPDX-License-Identifier: MIT */
/* Run a function of 0 to 4 words over an array of inputs. */
#include <stddef.h>
#include <stdint.h>

void call(void *function, size_t arity, const uint64_t *in, uint64_t *out, size_t calls);

void call(void *function, size_t arity, const uint64_t *in, uint64_t *out, size_t calls)
{
	for (size_t i = 0; i < calls; i++, in += arity) {
		switch (arity) {
		case 0:
			out[i] = ((uint64_t(*)(void))function)();
			break;
		case 1:
			out[i] = ((uint64_t(*)(uint64_t))function)(in[0]);
			break;
		case 2:
			out[i] = ((uint64_t(*)(uint64_t, uint64_t))function)(in[0], in[1]);
			break;
		case 3:
			out[i] = ((uint64_t(*)(uint64_t, uint64_t, uint64_t))function)(in[0], in[1],
										       in[2]);
			break;
		case 4:
			out[i] = ((uint64_t(*)(uint64_t, uint64_t, uint64_t, uint64_t))function)(
				in[0], in[1], in[2], in[3]);
			break;
		}
	}
}
