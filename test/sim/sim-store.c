// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store of the simulation, and what a power cut takes from it.
 */
#include "test/sim/sim-store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- power ---- */

/* A power cut undoes a quick commit whole or not at all, and undoes no commit that is older than a
 * commit that stays. */
static void forget_losses(struct sim *sim)
{
	for (size_t i = 0; i < sim->losses.count; i++) {
		free(sim->losses.items[i].key);
		free(sim->losses.items[i].value);
	}
	ARRAY_FREE(&sim->losses);
}

struct sought {
	const char *key;
	char *value;
};

static void on_entries(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct sought *sought = userdata;

	(void)error;
	for (size_t i = 0; i < count; i++)
		if (strcmp(entries[i].key, sought->key) == 0)
			sought->value = strdup(entries[i].value);
}

static void remember(struct sim *sim, const struct store_change *changes, size_t count)
{
	for (size_t i = 0; sim->lamp_count && i < count; i++) {
		struct sought sought = { .key = changes[i].key };
		struct sim_loss loss = { .begins = i == 0, .key = strdup(changes[i].key) };

		if (sim->store->ops->list(sim->store, sought.key, on_entries, &sought) < 0)
			abort();
		sim->store->ops->dispatch(sim->store);
		loss.value = sought.value;
		if (!loss.key || ARRAY_APPEND(&sim->losses, loss) < 0)
			abort();
	}
}

/* ---- commits ---- */

struct answer {
	int error;
	uint64_t revision;
};

static void on_commit(void *userdata, int error, uint64_t revision)
{
	struct answer *answer = userdata;

	*answer = (struct answer){ error, revision };
}

static int commit(struct sim *sim, const struct store_change *changes, size_t count,
		  enum store_durability durability, struct answer *answer)
{
	int rc = sim->store->ops->commit(sim->store, changes, count, durability, on_commit, answer);

	if (rc < 0)
		return rc;
	sim->store->ops->dispatch(sim->store);
	return answer->error;
}

/*
 * Commits an outdated write of another process: either that write loses and changes nothing, or the
 * daemon's own write fails.
 */
static void commit_late(struct sim *sim, const struct store_change *changes, size_t count)
{
	struct store_change late[2];
	struct answer answer = { .error = -EINPROGRESS };
	bool expects = false;

	for (size_t i = 0; i < count && i < 2; i++) {
		late[i] = changes[i];
		if (late[i].expected_revision == STORE_ANY)
			continue;
		late[i].expected_revision++;
		expects = true;
	}
	if (!expects)
		return;
	sim_count(sim, SIM_LATE_COMMITS);
	if (commit(sim, late, count, STORE_QUICK, &answer) != -EAGAIN)
		sim_violation(sim, "who is late does not overwrite: %s", changes[0].key);
}

int sim_commit(struct sim *sim, const struct store_change *changes, size_t count,
	       enum store_durability durability, uint64_t *ret_revision)
{
	struct answer answer = { .error = -EINPROGRESS };
	int error = sim->store_error;

	sim->store_error = 0;
	if (sim_chance(sim, 5))
		commit_late(sim, changes, count);
	if (error)
		return error;
	remember(sim, changes, count);
	error = commit(sim, changes, count, durability, &answer);
	if (error == 0 && durability == STORE_DURABLE)
		forget_losses(sim);
	if (error == -EAGAIN)
		sim_violation(sim, "nobody else has written: %s", changes[0].key);
	*ret_revision = answer.revision;
	return error;
}

static void lose(struct sim *sim, const struct sim_loss *loss)
{
	const struct store_change put = { .key = loss->key,
					  .value = loss->value,
					  .expected_revision = STORE_ANY };
	struct answer answer = { .error = -EINPROGRESS };

	SIM_TRACE(sim, "the power cut takes what was last written to %s", loss->key);
	if (commit(sim, &put, 1, STORE_DURABLE, &answer) < 0)
		abort();
}

void sim_store_lose_power(struct sim *sim)
{
	size_t commits = sim->losses.count && sim_chance(sim, 50) ? 1 + sim_below(sim, 3) : 0;

	for (size_t i = sim->losses.count; i > 0 && commits > 0; i--) {
		lose(sim, &sim->losses.items[i - 1]);
		commits -= sim->losses.items[i - 1].begins;
	}
	forget_losses(sim);
}

void sim_store_free(struct sim *sim)
{
	forget_losses(sim);
	sim->store->ops->free(sim->store);
}
