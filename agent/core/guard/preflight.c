/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight.h"

#include <stdlib.h>

const char *preflight_check_text(enum preflight_check check)
{
	switch (check) {
	case PREFLIGHT_NAMESERVER:
		return "nameserver";
	case PREFLIGHT_REMOTE:
		return "remote";
	case PREFLIGHT_ROUTE:
		return "route";
	case PREFLIGHT_INTERFACE:
		return "interface";
	case PREFLIGHT_MTA:
		return "mta";
	case PREFLIGHT_SETTINGS:
		return "settings";
	case PREFLIGHT_CHROOT:
		return "chroot";
	case PREFLIGHT_CERTIFICATE:
		return "certificate";
	case PREFLIGHT_CLOCK:
		return "clock";
	case PREFLIGHT_CHECKS:
		break;
	}
	abort();
}
