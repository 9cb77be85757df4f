// SPDX-License-Identifier: GPL-2.0-only
/*
 * org.varlink.service, the interface of every service, which describes the service and its
 * interfaces. Called by the dispatcher like any other table of methods.
 */
#include <errno.h>
#include <string.h>

#include "daemon/varlink/varlink-internal.h"
#include "util/json.h"

static int add_interfaces(const struct varlink_server *server, struct json_object *info)
{
	struct json_object *names = json_object_new_array();
	int rc;

	rc = json_add(info, "interfaces", names);
	for (size_t i = 0; rc == 0 && i < server->interfaces.count; i++)
		rc = json_append(names, json_object_new_string(
						varlink_idl_name(server->interfaces.items[i])));
	return rc;
}

static int on_get_info(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	const struct varlink_server *server = userdata;
	_cleanup_json_ struct json_object *info = json_object_new_object();
	int rc;

	(void)parameters;
	if (!info)
		return -ENOMEM;
	rc = json_add_string(info, "vendor", server->options.vendor);
	if (rc == 0)
		rc = json_add_string(info, "product", server->options.product);
	if (rc == 0)
		rc = json_add_string(info, "version", server->options.version);
	if (rc == 0)
		rc = json_add_string(info, "url", server->options.url);
	if (rc == 0)
		rc = add_interfaces(server, info);
	if (rc < 0)
		return rc;
	(void)varlink_call_reply(call, info);
	return 0;
}

static int on_get_interface_description(struct varlink_call *call, struct json_object *parameters,
					void *userdata)
{
	const struct varlink_server *server = userdata;
	_cleanup_json_ struct json_object *answer = json_object_new_object();
	const struct varlink_idl *idl;
	const char *name;
	int rc;

	if (!answer)
		return -ENOMEM;
	rc = json_get_string(parameters, "interface", &name);
	if (rc < 0)
		return rc;
	idl = varlink_server_find_interface(server, name, strlen(name));
	rc = idl ? json_add_string(answer, "description", varlink_idl_text(idl))
		 : json_add_string(answer, "interface", name);
	if (rc < 0)
		return rc;
	if (idl)
		(void)varlink_call_reply(call, answer);
	else
		(void)varlink_call_error(call, VARLINK_SERVICE ".InterfaceNotFound", answer);
	return 0;
}

int varlink_service_add(struct varlink_server *server)
{
	static const struct varlink_method methods[] = {
		{ VARLINK_SERVICE ".GetInfo", on_get_info, 0 },
		{ VARLINK_SERVICE ".GetInterfaceDescription", on_get_interface_description, 0 },
	};
	int rc;

	rc = varlink_server_add_interfaces(server, varlink_service_texts);
	if (rc < 0)
		return rc;
	return varlink_server_add_methods(server, methods, ARRAY_SIZE(methods), server);
}
