// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers of a memdev's mailbox, read through libcxl's commands. Effect; called by the helper,
 * which has the rights to ask, and gives the rights up before it looks at an answer.
 *
 * Keys, order and units are those of cxl list, so that one script reads both.
 */
#include "cxl/topology/topology-mailbox.h"

#include <cxl/libcxl.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/poison-trace.h"
#include "cxl/topology/topology-poison.h"
#include "util/json.h"

DEFINE_CLEANUP(struct cxl_cmd *, cxl_cmd_unref)

#define FW_VERSION_LENGTH 16
#define FW_SLOTS_MAX	  4

/* The device's words for "unknown", CXL r3.1 table 8-142. */
#define LIFE_USED_UNKNOWN   0xff
#define TEMPERATURE_UNKNOWN 0xffff

/* A memdev's answers before anybody has parsed them; NULL for commands that the device lacks. */
struct topology_mailbox {
	char *memdev;
	struct cxl_ctx *ctx;
	struct cxl_cmd *health, *alerts, *identify, *partition, *firmware;
	bool update_in_progress;
	size_t update_left; /* bytes */
	char *poison;	    /* trace text, or NULL */
};

/* Takes ownership of the command; returns NULL when the device does not support the command. */
static struct cxl_cmd *submit(struct cxl_cmd *new_command)
{
	_cleanup_(cxl_cmd_unrefp) struct cxl_cmd *command = new_command;

	if (!command || cxl_cmd_submit(command) < 0 || cxl_cmd_get_mbox_status(command) != 0)
		return NULL;
	return TAKE_PTR(command);
}

/* One property of an answer, and the call that reads it. */
struct property {
	const char *key;
	int (*get)(struct cxl_cmd *command);
};

static int add_bools(struct json_object *object, struct cxl_cmd *command,
		     const struct property *properties, size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = json_add_bool(object, properties[i].key, properties[i].get(command) != 0);
	return rc;
}

static int add_ints(struct json_object *object, struct cxl_cmd *command,
		    const struct property *properties, size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = json_add_int(object, properties[i].key, properties[i].get(command));
	return rc;
}

/* ---- health ---- */

static const struct property health_flags[] = {
	{ "maintenance_needed", cxl_cmd_health_info_get_maintenance_needed },
	{ "performance_degraded", cxl_cmd_health_info_get_performance_degraded },
	{ "hw_replacement_needed", cxl_cmd_health_info_get_hw_replacement_needed },
	{ "media_normal", cxl_cmd_health_info_get_media_normal },
	{ "media_not_ready", cxl_cmd_health_info_get_media_not_ready },
	{ "media_persistence_lost", cxl_cmd_health_info_get_media_persistence_lost },
	{ "media_data_lost", cxl_cmd_health_info_get_media_data_lost },
	{ "media_powerloss_persistence_loss",
	  cxl_cmd_health_info_get_media_powerloss_persistence_loss },
	{ "media_shutdown_persistence_loss",
	  cxl_cmd_health_info_get_media_shutdown_persistence_loss },
	{ "media_persistence_loss_imminent",
	  cxl_cmd_health_info_get_media_persistence_loss_imminent },
	{ "media_powerloss_data_loss", cxl_cmd_health_info_get_media_powerloss_data_loss },
	{ "media_shutdown_data_loss", cxl_cmd_health_info_get_media_shutdown_data_loss },
	{ "media_data_loss_imminent", cxl_cmd_health_info_get_media_data_loss_imminent },
};

/* One of up to three exclusive flags, shown as a word. */
struct health_level {
	const char *key;
	int (*normal)(struct cxl_cmd *command);
	int (*warning)(struct cxl_cmd *command);
	int (*critical)(struct cxl_cmd *command); /* or NULL */
};

static const struct health_level health_levels[] = {
	{ "ext_life_used", cxl_cmd_health_info_get_ext_life_used_normal,
	  cxl_cmd_health_info_get_ext_life_used_warning,
	  cxl_cmd_health_info_get_ext_life_used_critical },
	{ "ext_temperature", cxl_cmd_health_info_get_ext_temperature_normal,
	  cxl_cmd_health_info_get_ext_temperature_warning,
	  cxl_cmd_health_info_get_ext_temperature_critical },
	{ "ext_corrected_volatile", cxl_cmd_health_info_get_ext_corrected_volatile_normal,
	  cxl_cmd_health_info_get_ext_corrected_volatile_warning, NULL },
	{ "ext_corrected_persistent", cxl_cmd_health_info_get_ext_corrected_persistent_normal,
	  cxl_cmd_health_info_get_ext_corrected_persistent_warning, NULL },
};

static const char *level_word(const struct health_level *level, struct cxl_cmd *command)
{
	if (level->normal(command))
		return "normal";
	if (level->warning(command))
		return "warning";
	if (level->critical && level->critical(command))
		return "critical";
	return "unknown";
}

static int add_health_counters(struct json_object *health, struct cxl_cmd *command)
{
	int life_used = cxl_cmd_health_info_get_life_used(command);
	int temperature = cxl_cmd_health_info_get_temperature(command);

	if (life_used != LIFE_USED_UNKNOWN && json_add_int(health, "life_used_percent", life_used))
		return -ENOMEM;
	if (temperature != TEMPERATURE_UNKNOWN && json_add_int(health, "temperature", temperature))
		return -ENOMEM;
	if (json_add_u64(health, "dirty_shutdowns",
			 (uint32_t)cxl_cmd_health_info_get_dirty_shutdowns(command)) ||
	    json_add_u64(health, "volatile_errors",
			 (uint32_t)cxl_cmd_health_info_get_volatile_errors(command)) ||
	    json_add_u64(health, "pmem_errors",
			 (uint32_t)cxl_cmd_health_info_get_pmem_errors(command)))
		return -ENOMEM;
	return 0;
}

static int add_health(struct cxl_cmd *command, struct json_object *mailbox)
{
	_cleanup_json_ struct json_object *health = NULL;
	int rc;

	if (!command)
		return 0;
	health = json_object_new_object();
	if (!health)
		return -ENOMEM;
	rc = add_bools(health, command, health_flags, ARRAY_SIZE(health_flags));
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(health_levels); i++)
		rc = json_add_string(health, health_levels[i].key,
				     level_word(&health_levels[i], command));
	if (rc == 0)
		rc = add_health_counters(health, command);
	return rc ? rc : json_add(mailbox, "health", TAKE_PTR(health));
}

/* ---- alerts ---- */

#define ALERT(name)	  { #name, cxl_cmd_alert_config_##name }
#define ALERT_VALUE(name) { #name, cxl_cmd_alert_config_get_##name }

static const struct property alert_flags[] = {
	ALERT(life_used_prog_warn_threshold_valid),
	ALERT(dev_over_temperature_prog_warn_threshold_valid),
	ALERT(dev_under_temperature_prog_warn_threshold_valid),
	ALERT(corrected_volatile_mem_err_prog_warn_threshold_valid),
	ALERT(corrected_pmem_err_prog_warn_threshold_valid),
	ALERT(life_used_prog_warn_threshold_writable),
	ALERT(dev_over_temperature_prog_warn_threshold_writable),
	ALERT(dev_under_temperature_prog_warn_threshold_writable),
	ALERT(corrected_volatile_mem_err_prog_warn_threshold_writable),
	ALERT(corrected_pmem_err_prog_warn_threshold_writable),
};

static const struct property alert_values[] = {
	ALERT_VALUE(life_used_crit_alert_threshold),
	ALERT_VALUE(life_used_prog_warn_threshold),
	ALERT_VALUE(dev_over_temperature_crit_alert_threshold),
	ALERT_VALUE(dev_under_temperature_crit_alert_threshold),
	ALERT_VALUE(dev_over_temperature_prog_warn_threshold),
	ALERT_VALUE(dev_under_temperature_prog_warn_threshold),
	ALERT_VALUE(corrected_volatile_mem_err_prog_warn_threshold),
	ALERT_VALUE(corrected_pmem_err_prog_warn_threshold),
};

static int add_alerts(struct cxl_cmd *command, struct json_object *mailbox)
{
	_cleanup_json_ struct json_object *alerts = NULL;

	if (!command)
		return 0;
	alerts = json_object_new_object();
	if (!alerts || add_bools(alerts, command, alert_flags, ARRAY_SIZE(alert_flags)) ||
	    add_ints(alerts, command, alert_values, ARRAY_SIZE(alert_values)))
		return -ENOMEM;
	return json_add(mailbox, "alert_config", TAKE_PTR(alerts));
}

/* ---- partitions ---- */

static int add_capacity(struct json_object *object, const char *key, unsigned long long bytes)
{
	return bytes == ULLONG_MAX ? 0 : json_add_u64(object, key, bytes);
}

static int add_partitions(struct json_object *info, struct cxl_cmd *command)
{
	if (!command)
		return 0;
	if (add_capacity(info, "active_volatile_size",
			 cxl_cmd_partition_get_active_volatile_size(command)) ||
	    add_capacity(info, "active_persistent_size",
			 cxl_cmd_partition_get_active_persistent_size(command)) ||
	    add_capacity(info, "next_volatile_size",
			 cxl_cmd_partition_get_next_volatile_size(command)) ||
	    add_capacity(info, "next_persistent_size",
			 cxl_cmd_partition_get_next_persistent_size(command)))
		return -ENOMEM;
	return 0;
}

static int add_partition_info(struct cxl_cmd *command, struct cxl_cmd *partition,
			      struct json_object *mailbox)
{
	_cleanup_json_ struct json_object *info = NULL;
	unsigned long long alignment;

	if (!command)
		return 0;
	info = json_object_new_object();
	alignment = cxl_cmd_identify_get_partition_align(command);
	if (!info || add_capacity(info, "total_size", cxl_cmd_identify_get_total_size(command)) ||
	    add_capacity(info, "volatile_only_size",
			 cxl_cmd_identify_get_volatile_only_size(command)) ||
	    add_capacity(info, "persistent_only_size",
			 cxl_cmd_identify_get_persistent_only_size(command)) ||
	    json_add_u64(info, "partition_alignment_size", alignment))
		return -ENOMEM;
	/* Without an alignment the device has no partitionable capacity. */
	if (alignment != 0 && add_partitions(info, partition))
		return -ENOMEM;
	return json_add(mailbox, "partition_info", TAKE_PTR(info));
}

/* ---- firmware ---- */

#ifdef HAVE_CXL_FW_INFO

/* The device may have sent any bytes. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

static int add_slots(struct json_object *firmware, struct cxl_cmd *command)
{
	for (int slot = 1; slot <= FW_SLOTS_MAX; slot++) {
		char version[FW_VERSION_LENGTH + 1] = "", key[sizeof("slot__version") + 3];

		if (cxl_cmd_fw_info_get_fw_ver(command, slot, version, FW_VERSION_LENGTH))
			continue;
		make_printable(version);
		(void)snprintf(key, sizeof(key), "slot_%d_version", slot);
		if (json_add_string(firmware, key, version))
			return -ENOMEM;
	}
	return 0;
}

static int add_update(struct json_object *firmware, const struct topology_mailbox *answers)
{
	int rc = json_add_bool(firmware, "fw_update_in_progress", answers->update_in_progress);

	if (rc || !answers->update_in_progress)
		return rc;
	return json_add_u64(firmware, "remaining_size", answers->update_left);
}

static int add_firmware(const struct topology_mailbox *answers, struct json_object *mailbox)
{
	struct cxl_cmd *command = answers->firmware;
	_cleanup_json_ struct json_object *firmware = NULL;
	unsigned int slots, staged;

	if (!command)
		return 0;
	firmware = json_object_new_object();
	slots = cxl_cmd_fw_info_get_num_slots(command);
	staged = cxl_cmd_fw_info_get_staged_slot(command);
	if (!firmware || json_add_int(firmware, "num_slots", slots) ||
	    json_add_int(firmware, "active_slot", cxl_cmd_fw_info_get_active_slot(command)) ||
	    (staged > 0 && staged <= slots && json_add_int(firmware, "staged_slot", staged)) ||
	    json_add_bool(firmware, "online_activate_capable",
			  cxl_cmd_fw_info_get_online_activate_capable(command)) ||
	    add_slots(firmware, command) || add_update(firmware, answers))
		return -ENOMEM;
	return json_add(mailbox, "firmware", TAKE_PTR(firmware));
}

static void ask_for_firmware(struct cxl_memdev *memdev, struct topology_mailbox *answers)
{
	answers->firmware = submit(cxl_cmd_new_get_fw_info(memdev));
	answers->update_in_progress = cxl_memdev_fw_update_in_progress(memdev);
	if (answers->update_in_progress)
		answers->update_left = cxl_memdev_fw_update_get_remaining(memdev);
}

#else

/* libcxl 77 does not have the command, so a host with that version shows no firmware slots. */
static int add_firmware(const struct topology_mailbox *answers, struct json_object *mailbox)
{
	(void)answers, (void)mailbox;
	return 0;
}

static void ask_for_firmware(struct cxl_memdev *memdev, struct topology_mailbox *answers)
{
	(void)memdev, (void)answers;
}

#endif

/* ---- all of it ---- */

static int add_media_errors(const struct topology_mailbox *answers, struct json_object *mailbox)
{
	struct json_object *errors;
	int rc;

	if (!answers->poison)
		return 0;
	rc = poison_trace_parse(answers->poison, answers->memdev, &errors);
	if (rc)
		return rc;
	/* cxl list omits an empty list. */
	if (json_object_array_length(errors) == 0) {
		(void)json_object_put(errors);
		return 0;
	}
	return json_add(mailbox, "media_errors", errors);
}

static struct cxl_memdev *find_memdev(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_memdev *memdev;

	cxl_memdev_foreach(ctx, memdev)
		if (strcmp(cxl_memdev_get_devname(memdev), name) == 0)
			return memdev;
	return NULL;
}

/* An unsupported command is no error here; libcxl would write a line to standard error for each. */
static void ignore_log(struct cxl_ctx *ctx, int priority, const char *file, int line,
		       const char *function, const char *format, va_list arguments)
{
	(void)ctx, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

static struct topology_mailbox *new_mailbox(const char *memdev)
{
	struct topology_mailbox *mailbox = calloc(1, sizeof(*mailbox));

	if (!mailbox)
		return NULL;
	mailbox->memdev = strdup(memdev);
	return mailbox->memdev ? mailbox : topology_mailbox_free(mailbox);
}

int topology_ask_mailbox(const char *name, struct topology_mailbox **ret_mailbox)
{
	_cleanup_topology_mailbox_ struct topology_mailbox *mailbox = new_mailbox(name);
	struct cxl_memdev *memdev;
	int rc;

	if (!mailbox)
		return -ENOMEM;
	rc = cxl_new(&mailbox->ctx);
	if (rc < 0)
		return rc;
	cxl_set_log_fn(mailbox->ctx, ignore_log);
	memdev = find_memdev(mailbox->ctx, name);
	if (!memdev)
		return -ENODEV;
	mailbox->health = submit(cxl_cmd_new_get_health_info(memdev));
	mailbox->alerts = submit(cxl_cmd_new_get_alert_config(memdev));
	mailbox->identify = submit(cxl_cmd_new_identify(memdev));
	mailbox->partition = submit(cxl_cmd_new_get_partition(memdev));
	ask_for_firmware(memdev, mailbox);
	rc = topology_take_poison(name, &mailbox->poison);
	if (rc < 0)
		return rc;
	*ret_mailbox = TAKE_PTR(mailbox);
	return 0;
}

int topology_mailbox_to_json(const struct topology_mailbox *answers,
			     struct json_object **ret_mailbox)
{
	_cleanup_json_ struct json_object *mailbox = json_object_new_object();
	int rc;

	if (!mailbox)
		return -ENOMEM;
	if ((rc = add_health(answers->health, mailbox)) ||
	    (rc = add_alerts(answers->alerts, mailbox)) ||
	    (rc = add_partition_info(answers->identify, answers->partition, mailbox)) ||
	    (rc = add_firmware(answers, mailbox)) || (rc = add_media_errors(answers, mailbox)))
		return rc;
	*ret_mailbox = TAKE_PTR(mailbox);
	return 0;
}

struct topology_mailbox *topology_mailbox_free(struct topology_mailbox *mailbox)
{
	if (!mailbox)
		return NULL;
	cxl_cmd_unref(mailbox->health);
	cxl_cmd_unref(mailbox->alerts);
	cxl_cmd_unref(mailbox->identify);
	cxl_cmd_unref(mailbox->partition);
	cxl_cmd_unref(mailbox->firmware);
	(void)cxl_unref(mailbox->ctx);
	free(mailbox->poison);
	free(mailbox->memdev);
	free(mailbox);
	return NULL;
}
