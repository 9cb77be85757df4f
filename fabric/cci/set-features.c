// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 05h, Features, and 06h, Maintenance: walks and rows. Pure; calls cursor.h and
 * list.h.
 */
#include "fabric/cci/set-features.h"

#define FEATURE_SIZE 48

CCI_WALK(features_request, cursor, request)
{
	cci_u32(cursor, &request->size);
	cci_u16(cursor, &request->start);
	cci_reserved(cursor, 2);
}

CCI_WALK(feature, cursor, feature)
{
	cci_array(cursor, feature->id, sizeof(feature->id));
	cci_u16(cursor, &feature->index);
	cci_u16(cursor, &feature->get_size);
	cci_u16(cursor, &feature->set_size);
	cci_u32(cursor, &feature->attributes);
	cci_u8(cursor, &feature->get_version);
	cci_u8(cursor, &feature->set_version);
	cci_u16(cursor, &feature->effects);
	cci_reserved(cursor, 18);
}

CCI_WALK(features_reply, cursor, reply)
{
	cci_list_count16(cursor, &reply->features);
	cci_u16(cursor, &reply->total);
	cci_reserved(cursor, 4);
	cci_list_elements(cursor, &reply->features, FEATURE_SIZE);
}

CCI_WALK(feature_request, cursor, request)
{
	cci_array(cursor, request->id, sizeof(request->id));
	cci_u16(cursor, &request->offset);
	cci_u16(cursor, &request->count);
	cci_u8(cursor, &request->selection);
}

CCI_WALK(set_feature_request, cursor, request)
{
	cci_array(cursor, request->id, sizeof(request->id));
	cci_u32(cursor, &request->flags);
	cci_u16(cursor, &request->offset);
	cci_u8(cursor, &request->version);
	cci_reserved(cursor, 9);
	cci_borrow_rest(cursor, &request->data);
}

CCI_WALK(maintenance_request, cursor, request)
{
	cci_u8(cursor, &request->operation_class);
	cci_u8(cursor, &request->operation_subclass);
	cci_borrow_rest(cursor, &request->parameters);
}

static const struct cci_command features[] = {
	{ 0x0500, "Get Supported Features", "8.2.10.6.1", &cci_features_request_codec,
	  &cci_features_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0501, "Get Feature", "8.2.10.6.2", &cci_feature_request_codec, &cci_data_codec,
	  .deadline_ms = CCI_READING_MS },
	/* What it changes depends on the feature: its entry in the list tells. */
	{ 0x0502, "Set Feature", "8.2.10.6.3", &cci_set_feature_request_codec, &cci_no_payload,
	  .background = true,
	  .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA | CCI_EFFECT_POLICY | CCI_EFFECT_LOG |
		     CCI_EFFECT_SECURITY,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
};

static const struct cci_command maintenance[] = {
	{ 0x0600, "Perform Maintenance", "8.2.10.7.1", &cci_maintenance_request_codec,
	  &cci_no_payload, .background = true,
	  .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA | CCI_EFFECT_LOG,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
};

const struct cci_command_set cci_set_features = CCI_COMMAND_SET(0x05, "Features", features);
const struct cci_command_set cci_set_maintenance =
	CCI_COMMAND_SET(0x06, "Maintenance", maintenance);
