/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcxlfm, the client library of cxlfm: everything in one include.
 */
#ifndef CXLFM_CXLFM_H
#define CXLFM_CXLFM_H

#include <cxlfm/client.h>

#endif
