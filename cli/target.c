// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words that name a claim or a region. Effect: asks the daemon.
 */
#include "cli/target.h"

#include <string.h>

#include "cli/session.h"
#include "util/json.h"
#include "util/kernel-name.h"

static const char claim_prefix[] = "claim:";
static const char region_prefix[] = "region:";

/* The name behind the prefix, or NULL. */
static const char *after(const char *word, const char *prefix)
{
	const size_t length = strlen(prefix);

	return strncmp(word, prefix, length) == 0 && word[length] ? word + length : NULL;
}

static bool has_claim(struct json_object *claims, const char *wanted)
{
	for (size_t i = 0; i < json_object_array_length(claims); i++) {
		const char *name;

		if (json_get_string(json_object_array_get_idx(claims, i), "name", &name) == 0 &&
		    strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

/* Tells both meanings of the word, each with a command line that works. */
static enum exit_code refuse_ambiguous(struct cli *cli, const struct usage *usage, const char *word,
				       bool regions_only)
{
	fprintf(cli->err,
		"%s: refused; nothing was changed\n  %s: a claim has this name, too (say region:%s "
		"for the region, ",
		usage->program, word, word);
	fprintf(cli->err,
		regions_only ? "`cxlfm remove-memory claim:%s` for what the claim has; "
			     : "claim:%s for the claim; ",
		word);
	fprintf(cli->err, "`cxlfm forget %s` ends the claim and leaves its memory)\n", word);
	return EXIT_CODE_REFUSED;
}

static struct target read_word(const char *word)
{
	const struct target target = { .claim = after(word, claim_prefix),
				       .region = after(word, region_prefix) };

	if (target.claim || target.region)
		return target;
	return kernel_name_is(word) ? (struct target){ .region = word }
				    : (struct target){ .claim = word };
}

/* Is there a claim whose name has the form of a kernel object's? */
static enum exit_code check_ambiguous(struct cli *cli, const struct usage *usage,
				      const char *const *words, size_t count, bool regions_only,
				      const struct target *targets)
{
	_cleanup_json_ struct json_object *reply = NULL;
	struct json_object *claims;
	enum exit_code code;

	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "ListClaims",
						    .parameters = json_object_new_object() },
			    &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_array(reply, "claims", &claims) < 0)
		return session_bad_reply(cli, usage->program);
	for (size_t i = 0; i < count; i++)
		if (targets[i].region == words[i] && has_claim(claims, words[i]))
			return refuse_ambiguous(cli, usage, words[i], regions_only);
	return EXIT_CODE_DONE;
}

enum exit_code target_resolve(struct cli *cli, const struct usage *usage, const char *const *words,
			      size_t count, bool regions_only, struct target *targets)
{
	bool by_form = false;

	for (size_t i = 0; i < count; i++) {
		targets[i] = read_word(words[i]);
		by_form = by_form || targets[i].region == words[i];
	}
	return by_form ? check_ambiguous(cli, usage, words, count, regions_only, targets)
		       : EXIT_CODE_DONE;
}

const char *target_claim(const char *word)
{
	const char *name = after(word, claim_prefix);

	return name ? name : word;
}

int target_add(struct json_object *parameters, const struct target *target)
{
	if (target->claim)
		return json_add_string(parameters, "claim", target->claim);
	return json_add_string(parameters, "region", target->region);
}
