// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of steps written by hand. Called by unit tests.
 */
#include "test/lib/sample-steps.h"

#include <inttypes.h>
#include <string.h>

struct writer {
	struct step_list *steps;
	struct arena *arena;
	int rc;
};

static void add(struct writer *writer, const struct step_kind *kind, const char *object,
		const char *from, const char *to)
{
	if (writer->rc == 0 && (!object || !from || !to))
		writer->rc = -ENOMEM;
	if (writer->rc == 0)
		writer->rc = step_append(writer->steps, writer->arena,
					 &(struct step){ kind, object, "", from, to });
}

static void expect(struct writer *writer, const struct step_kind *kind, const char *object,
		   const char *value)
{
	add(writer, kind, object, value, value);
}

static const char *number(struct writer *writer, uint64_t value)
{
	return arena_printf(writer->arena, "%" PRIu64, value);
}

static const char *target_of(struct writer *writer, const struct sample_region *sample, size_t i)
{
	return arena_printf(writer->arena, "%s/target%zu", sample->region, i);
}

static void create_region(struct writer *writer, const struct sample_region *sample)
{
	const char *name = sample->region;

	add(writer, STEP_REGION, name, "",
	    arena_printf(writer->arena, "%s@%s", sample->type, sample->window));
	add(writer, STEP_REGION_GRANULARITY, name, "0",
	    number(writer, (uint64_t)sample->granularity));
	add(writer, STEP_REGION_WAYS, name, "0", number(writer, sample->ways));
	if (sample->uuid)
		add(writer, STEP_REGION_UUID, name, "", sample->uuid);
	for (size_t i = 0; i < sample->ways; i++) {
		add(writer, STEP_DECODER_MODE, sample->decoders[i], "none", sample->type);
		add(writer, STEP_DECODER_DPA, sample->decoders[i], "0",
		    number(writer, sample->dpa_size));
	}
	add(writer, STEP_REGION_SIZE, name, "0", number(writer, sample->dpa_size * sample->ways));
	for (size_t i = 0; i < sample->ways; i++)
		add(writer, STEP_REGION_TARGET, target_of(writer, sample, i), "",
		    sample->decoders[i]);
	add(writer, STEP_REGION_COMMIT, name, "0", "1");
}

int sample_create_steps(const struct sample_region *sample, struct step_list *steps,
			struct arena *arena)
{
	struct writer writer = { .steps = steps, .arena = arena };

	create_region(&writer, sample);
	if (sample->dax)
		add(&writer, STEP_AUTO_ONLINE, "memory", sample->policy, "online_movable");
	add(&writer, STEP_REGION_DRIVER, sample->region, "", "cxl_region");
	if (strcmp(sample->type, "ram") == 0)
		expect(&writer, STEP_DAX_GUARD,
		       arena_printf(arena, "dax%s.0", sample->region + strlen("region")), "");
	if (!sample->dax)
		return writer.rc;
	add(&writer, STEP_DAX_DRIVER, sample->dax, "", "kmem");
	add(&writer, STEP_DAX_MEMORY, sample->dax, "", "online_movable");
	add(&writer, STEP_AUTO_ONLINE, "memory", "online_movable", sample->policy);
	return writer.rc;
}

int sample_remove_steps(const struct sample_region *sample, struct step_list *steps,
			struct arena *arena)
{
	struct writer writer = { .steps = steps, .arena = arena };
	const char *name = sample->region;

	/* The undo binds kmem again, which must not online the memory by the policy of the host. */
	if (sample->dax) {
		add(&writer, STEP_AUTO_ONLINE, "memory", sample->policy, "offline");
		add(&writer, STEP_DAX_MEMORY, sample->dax, "online_movable", "offline");
		add(&writer, STEP_DAX_DRIVER, sample->dax, "kmem", "");
	}
	add(&writer, STEP_REGION_DRIVER, name, "cxl_region", "");
	if (sample->dax)
		add(&writer, STEP_AUTO_ONLINE, "memory", "offline", sample->policy);
	add(&writer, STEP_REGION_COMMIT, name, "1", "0");
	for (size_t i = sample->ways; i-- > 0;)
		add(&writer, STEP_REGION_TARGET, target_of(&writer, sample, i), sample->decoders[i],
		    "");
	for (size_t i = sample->ways; i-- > 0;)
		add(&writer, STEP_DECODER_DPA, sample->decoders[i],
		    number(&writer, sample->dpa_size), "0");
	add(&writer, STEP_REGION_SIZE, name, number(&writer, sample->dpa_size * sample->ways), "0");
	expect(&writer, STEP_REGION_GRANULARITY, name,
	       number(&writer, (uint64_t)sample->granularity));
	expect(&writer, STEP_REGION_WAYS, name, number(&writer, sample->ways));
	if (sample->uuid)
		expect(&writer, STEP_REGION_UUID, name, sample->uuid);
	add(&writer, STEP_REGION, name, arena_printf(arena, "%s@%s", sample->type, sample->window),
	    "");
	return writer.rc;
}
