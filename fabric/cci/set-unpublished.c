// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets whose layouts no public source has: names and sections only, so that nobody takes
 * their absence for an oversight. Nothing of them is ever sent. Pure.
 */
#include "fabric/cci/set-unpublished.h"

static const struct cci_command pbr_component[] = {
	{ 0x0700, "Identify PBR Component", "8.2.10.8.1" },
	{ 0x0701, "Claim Ownership", "8.2.10.8.2" },
	{ 0x0702, "Read CDAT", "8.2.10.8.3" },
};

static const struct cci_command gfd[] = {
	{ 0x4900, "Identify GFD", "8.2.10.9.10.1" },
	{ 0x4901, "Get GFD Status", "8.2.10.9.10.2" },
	{ 0x4902, "Get GFD DC Region Configuration", "8.2.10.9.10.3" },
	{ 0x4903, "Set GFD DC Region Configuration", "8.2.10.9.10.4" },
	{ 0x4904, "Get GFD DC Region Extent Lists", "8.2.10.9.10.5" },
	{ 0x4905, "Get GFD DMP Configuration", "8.2.10.9.10.6" },
	{ 0x4906, "Set GFD DMP Configuration", "8.2.10.9.10.7" },
	{ 0x4907, "GFD Dynamic Capacity Add", "8.2.10.9.10.8" },
	{ 0x4908, "GFD Dynamic Capacity Release", "8.2.10.9.10.9" },
	{ 0x4909, "GFD Dynamic Capacity Add Reference", "8.2.10.9.10.10" },
	{ 0x490a, "GFD Dynamic Capacity Remove Reference", "8.2.10.9.10.11" },
	{ 0x490b, "GFD Dynamic Capacity List Tags", "8.2.10.9.10.12" },
	{ 0x490c, "Get GFD SAT Entry", "8.2.10.9.10.13" },
	{ 0x490d, "Set GFD SAT Entry", "8.2.10.9.10.14" },
	{ 0x490e, "Get GFD QoS Control", "8.2.10.9.10.15" },
	{ 0x490f, "Set GFD QoS Control", "8.2.10.9.10.16" },
	{ 0x4910, "Get GFD QoS Status", "8.2.10.9.10.17" },
	{ 0x4911, "Get GFD QoS BW Limit", "8.2.10.9.10.18" },
	{ 0x4912, "Set GFD QoS BW Limit", "8.2.10.9.10.19" },
	{ 0x4913, "Get GDT Configuration", "8.2.10.9.10.20" },
	{ 0x4914, "Set GDT Configuration", "8.2.10.9.10.21" },
};

static const struct cci_command pbr_switch[] = {
	{ 0x5700, "Identify PBR Switch", "7.7.13.1" },
	{ 0x5701, "Fabric Crawl Out", "7.7.13.2" },
	{ 0x5702, "Get PBR Link Partner Info", "7.7.13.3" },
	{ 0x5703, "Get PID Target List", "7.7.13.4" },
	{ 0x5704, "Configure PID Assignment", "7.7.13.5" },
	{ 0x5705, "Get PID Binding", "7.7.13.6" },
	{ 0x5706, "Configure PID Binding", "7.7.13.7" },
	{ 0x5707, "Get Table Descriptors", "7.7.13.8" },
	{ 0x5708, "Get DRT", "7.7.13.9" },
	{ 0x5709, "Set DRT", "7.7.13.10" },
	{ 0x570a, "Get RGT", "7.7.13.11" },
	{ 0x570b, "Set RGT", "7.7.13.12" },
	{ 0x570c, "Get LDST/IDT Capabilities", "7.7.13.13" },
	{ 0x570d, "Set LDST/IDT Configuration", "7.7.13.14" },
	{ 0x570e, "Get LDST Segment Entries", "7.7.13.15" },
	{ 0x570f, "Set LDST Segment Entries", "7.7.13.16" },
	{ 0x5710, "Get LDST IDT DPID Entries", "7.7.13.17" },
	{ 0x5711, "Set LDST IDT DPID Entries", "7.7.13.18" },
	{ 0x5712, "Get Completer ID-Based Re-Router Entries", "7.7.13.19" },
	{ 0x5713, "Set Completer ID-Based Re-Router Entries", "7.7.13.20" },
	{ 0x5714, "Get LDST Access Vector", "7.7.13.21" },
	{ 0x5715, "Get VCS LDST Access Vector", "7.7.13.22" },
	{ 0x5716, "Configure VCS LDST Access", "7.7.13.23" },
};

static const struct cci_command gae[] = {
	{ 0x5800, "Identify GAE", "7.7.14.1" },
	{ 0x5801, "Get PID Interrupt Vector", "7.7.14.2" },
	{ 0x5802, "Get PID Access Vectors", "7.7.14.3" },
	{ 0x5803, "Get FAST/IDT Capabilities", "7.7.14.4" },
	{ 0x5804, "Set FAST/IDT Configuration", "7.7.14.5" },
	{ 0x5805, "Get FAST Segment Entries", "7.7.14.6" },
	{ 0x5806, "Set FAST Segment Entries", "7.7.14.7" },
	{ 0x5807, "Get IDT DPID Entries", "7.7.14.8" },
	{ 0x5808, "Set IDT DPID Entries", "7.7.14.9" },
	{ 0x5809, "Proxy GFD Management Command", "7.7.14.10" },
	{ 0x580a, "Get Proxy Thread Status", "7.7.14.11" },
	{ 0x580b, "Cancel Proxy Thread", "7.7.14.12" },
};

static const struct cci_command vcs_gae[] = {
	{ 0x5900, "Identify VCS GAE", "7.7.15.1" },
	{ 0x5901, "Get VCS PID Access Vectors", "7.7.15.2" },
	{ 0x5902, "Configure VCS PID Access", "7.7.15.3" },
	{ 0x5903, "Get VendPrefixL0 State", "7.7.15.4" },
	{ 0x5904, "Set VendPrefixL0 State", "7.7.15.5" },
};

const struct cci_command_set cci_set_pbr_component =
	CCI_COMMAND_SET(0x07, "PBR Components", pbr_component);
const struct cci_command_set cci_set_gfd = CCI_COMMAND_SET(0x49, "GFD Component Management", gfd);
const struct cci_command_set cci_set_pbr_switch = CCI_COMMAND_SET(0x57, "PBR Switch", pbr_switch);
const struct cci_command_set cci_set_gae =
	CCI_COMMAND_SET(0x58, "Global Memory Access Endpoint", gae);
const struct cci_command_set cci_set_vcs_gae =
	CCI_COMMAND_SET(0x59, "Global Memory Access Endpoint Management", vcs_gae);
