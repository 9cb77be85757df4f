// SPDX-License-Identifier: GPL-2.0-only
/* Which of the kernel's messages make the daemon look again. */
#include "daemon/observe/uevent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define MESSAGE(text) uevent_interest((text), sizeof(text) - 1)

static void tells_subsystems_apart(void **state)
{
	assert_int_equal(MESSAGE("add@/devices/platform/ACPI0017:00/root0/mem0\0ACTION=add\0"
				 "DEVPATH=/devices/mem0\0SUBSYSTEM=cxl\0SEQNUM=12\0"),
			 UEVENT_DEVICE);
	assert_int_equal(MESSAGE("bind@/devices/dax0.0\0ACTION=bind\0SUBSYSTEM=dax\0"),
			 UEVENT_MEMORY);
	assert_int_equal(MESSAGE("online@/devices/system/memory/memory34\0ACTION=online\0"
				 "SUBSYSTEM=memory\0"),
			 UEVENT_MEMORY);
	assert_int_equal(MESSAGE("add@/devices/usb\0ACTION=add\0SUBSYSTEM=usb\0"), UEVENT_NONE);
}

/* As Linux 7.3 sends them when a memory device is plugged in and when a region is made. */
static void tells_hardware_from_what_steps_make(void **state)
{
	assert_int_equal(MESSAGE("add@/devices/pci0000:40/0000:40:00.0/mem4\0ACTION=add\0"
				 "DEVPATH=/devices/pci0000:40/0000:40:00.0/mem4\0SUBSYSTEM=cxl\0"
				 "MAJOR=250\0MINOR=4\0DEVNAME=cxl/mem4\0DEVTYPE=cxl_memdev\0"),
			 UEVENT_DEVICE);
	assert_int_equal(MESSAGE("add@/devices/platform/ACPI0017:00/root0/decoder0.0/region0\0"
				 "ACTION=add\0SUBSYSTEM=cxl\0DEVTYPE=cxl_region\0SEQNUM=9\0"),
			 UEVENT_MEMORY);
	assert_int_equal(MESSAGE("bind@/x\0SUBSYSTEM=cxl\0DEVTYPE=cxl_dax_region\0"),
			 UEVENT_MEMORY);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=nd\0DEVTYPE=nd_namespace_io\0"), UEVENT_MEMORY);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=usb\0DEVTYPE=cxl_region\0"), UEVENT_NONE);
}

/* Reading or writing a memdev's labels takes its nvdimm away from its driver, and gives it back. */
static void labels_are_not_shown(void **state)
{
	assert_int_equal(
		MESSAGE("bind@/devices/platform/ACPI0017:00/root0/nvdimm-bridge0/ndbus0/"
			"nmem0\0ACTION=bind\0SUBSYSTEM=nd\0DEVTYPE=nvdimm\0DRIVER=nvdimm\0"),
		UEVENT_NONE);
	assert_int_equal(MESSAGE("bind@/x/pmem0\0SUBSYSTEM=cxl\0DEVTYPE=cxl_nvdimm\0"),
			 UEVENT_NONE);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=cxl\0DEVTYPE=cxl_nvdimm_bridge\0"),
			 UEVENT_NONE);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=nd\0DEVTYPE=nd_pmem\0"), UEVENT_MEMORY);
}

static void whole_fields_only(void **state)
{
	assert_int_equal(MESSAGE("add@/x\0NOTSUBSYSTEM=cxl\0"), UEVENT_NONE);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=cxlflash\0"), UEVENT_NONE);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=cx"), UEVENT_NONE);
	assert_int_equal(MESSAGE("add@/x\0SUBSYSTEM=cxl"), UEVENT_DEVICE);
	assert_int_equal(uevent_interest("", 0), UEVENT_NONE);
}

#define NEEDS_DRIVER(text) uevent_needs_driver((text), sizeof(text) - 1)

/* As Linux 7.3 sends them. */
static void tells_what_needs_a_driver(void **state)
{
	assert_true(
		NEEDS_DRIVER("add@/devices/pci0000:0c/0000:0d:00.0\0ACTION=add\0SUBSYSTEM=pci\0"
			     "PCI_CLASS=50210\0MODALIAS=pci:v00008086d00000D93sv00001AF4sd00001100"
			     "bc05sc02i10\0SEQNUM=2104\0"));
	assert_true(NEEDS_DRIVER("add@/devices/platform/ACPI0017:00\0SUBSYSTEM=platform\0"
				 "MODALIAS=acpi:ACPI0017:\0"));
	assert_true(NEEDS_DRIVER("add@/devices/pci0000:0c/0000:0d:00.0/mem0\0SUBSYSTEM=cxl\0"
				 "DEVTYPE=cxl_memdev\0MODALIAS=cxl:t5\0"));
	/* A region comes by a step, and so does all that hangs on it. */
	assert_false(NEEDS_DRIVER("add@/x/region0\0SUBSYSTEM=cxl\0DEVTYPE=cxl_region\0"
				  "MODALIAS=cxl:t6\0"));
	assert_false(NEEDS_DRIVER("add@/x/dax0.0\0SUBSYSTEM=dax\0MODALIAS=dax:t0\0"));
	assert_false(NEEDS_DRIVER("add@/x/memory34\0SUBSYSTEM=memory\0"));
	assert_false(NEEDS_DRIVER("bind@/x/0000:0d:00.0\0SUBSYSTEM=pci\0MODALIAS=pci:x\0"));
	assert_false(NEEDS_DRIVER("add@/x/usb1\0SUBSYSTEM=usb\0MODALIAS=usb:x\0"));
	/* `udevadm trigger` */
	assert_false(NEEDS_DRIVER("add@/x/0000:0d:00.0\0SUBSYSTEM=pci\0SYNTH_UUID=0\0"
				  "MODALIAS=pci:x\0"));
	assert_false(uevent_needs_driver("", 0));
}

#define ADDED(text) uevent_added((text), sizeof(text) - 1)

static void tells_what_has_come(void **state)
{
	assert_string_equal(ADDED("add@/devices/platform/ACPI0017:00/root0/decoder0.0/region0\0"
				  "ACTION=add\0SUBSYSTEM=cxl\0DEVTYPE=cxl_region\0"),
			    "/devices/platform/ACPI0017:00/root0/decoder0.0/region0");
	assert_null(ADDED("remove@/devices/mem0\0ACTION=remove\0SUBSYSTEM=cxl\0"));
	assert_null(ADDED("add@/devices/usb\0ACTION=add\0SUBSYSTEM=usb\0"));
	assert_null(ADDED("add@/devices/cut-short"));
	assert_null(uevent_added("", 0));
}

static struct uevent_news news;

#define NEWS(text) uevent_news((text), sizeof(text) - 1, &news)

static void assert_news(enum uevent_kind kind, const char *path)
{
	assert_int_equal(news.kind, kind);
	assert_int_equal(news.length, strlen(path));
	assert_memory_equal(news.path, path, news.length);
}

#define FUNCTION "pci0000:40/0000:40:01.0/0000:48:00.0"
#define ERROR_OF(subsystem, event)                                                                 \
	"change@/devices/" FUNCTION "\0ACTION=change\0DEVPATH=/devices/" FUNCTION                  \
	"\0SUBSYSTEM=" subsystem "\0ERROR_EVENT=" event                                            \
	"\0DEVICE_ONLINE=0\0DRIVER=cxl_pci\0PCI_CLASS=50210\0"                                     \
	"PCI_ID=8086:0D93\0PCI_SUBSYS_ID=1AF4:1100\0PCI_SLOT_NAME=0000:48:00.0\0"                  \
	"MODALIAS=pci:v00008086d00000D93sv00001AF4sd00001100bc05sc02i10\0SEQNUM=1004\0"
#define MEMDEV_OF(action, devtype)                                                                 \
	action "@/devices/" FUNCTION "/mem4\0ACTION=" action "\0DEVPATH=/devices/" FUNCTION        \
	       "/mem4\0SUBSYSTEM=cxl\0MAJOR=249\0MINOR=4\0DEVNAME=cxl/mem4\0DEVTYPE=" devtype      \
	       "\0SEQNUM=1003\0"

/* As Linux 7.3 sends them when a fatal error is injected into a memory device. */
static void tells_what_has_befallen_a_device(void **state)
{
	assert_true(NEWS(MEMDEV_OF("unbind", "cxl_memdev")));
	assert_news(UEVENT_UNBOUND, FUNCTION);
	assert_true(NEWS(MEMDEV_OF("remove", "cxl_memdev")));
	assert_news(UEVENT_REMOVED, FUNCTION);
	assert_true(NEWS(ERROR_OF("pci", "BEGIN_RECOVERY")));
	assert_news(UEVENT_ERROR, FUNCTION);
	assert_true(NEWS(ERROR_OF("pci", "SUCCESSFUL_RECOVERY")));
	assert_news(UEVENT_ERROR, FUNCTION);
	assert_true(NEWS(ERROR_OF("pci", "FAILED_RECOVERY")));
	assert_news(UEVENT_ERROR, FUNCTION);
}

static void tells_nothing_of_others(void **state)
{
	assert_false(NEWS(MEMDEV_OF("bind", "cxl_memdev")));
	assert_false(NEWS(MEMDEV_OF("add", "cxl_memdev")));
	assert_false(NEWS(MEMDEV_OF("unbind", "cxl_port")));
	assert_false(NEWS(ERROR_OF("usb", "BEGIN_RECOVERY")));
	assert_false(NEWS(ERROR_OF("pci", "")));
	assert_false(NEWS("change@/devices/" FUNCTION "\0ACTION=change\0SUBSYSTEM=pci\0"));
	assert_false(NEWS("change@/module/x\0SUBSYSTEM=pci\0ERROR_EVENT=BEGIN_RECOVERY\0"));
	assert_false(NEWS("unbind@/devices/mem4\0SUBSYSTEM=cxl\0DEVTYPE=cxl_memdev\0"));
	assert_false(NEWS("unbind@/devices/cut-short"));
	/* `udevadm trigger --action=remove` */
	assert_false(NEWS("remove@/devices/" FUNCTION
			  "/mem4\0ACTION=remove\0SUBSYSTEM=cxl\0SYNTH_UUID=0\0"
			  "DEVTYPE=cxl_memdev\0"));
	assert_false(NEWS("unbind\0SUBSYSTEM=cxl\0DEVTYPE=cxl_memdev\0"));
	assert_false(uevent_news("", 0, &news));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_has_come),
		cmocka_unit_test(tells_subsystems_apart),
		cmocka_unit_test(tells_hardware_from_what_steps_make),
		cmocka_unit_test(tells_what_needs_a_driver),
		cmocka_unit_test(labels_are_not_shown),
		cmocka_unit_test(whole_fields_only),
		cmocka_unit_test(tells_what_has_befallen_a_device),
		cmocka_unit_test(tells_nothing_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
