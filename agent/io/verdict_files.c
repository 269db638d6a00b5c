/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verdict_files.h"

#include "io/guard_files.h"
#include "io/verdict_xml.h"

int verdict_files_read(const struct instance *instance, struct verdict *ret,
		       struct why *why)
{
	struct verdict agents = { 0 }, guards = { 0 };
	struct guard_files files;
	int r, other;

	guard_files_of(instance, &files);
	r = verdict_xml_read(instance->verdict_path, &agents, why);
	other = verdict_xml_read_foreign(files.verdict, &guards, NULL);
	if (!other && (r < 0 || guards.time_s > agents.time_s)) {
		verdict_done(&agents);
		*ret = guards;
		return 0;
	}
	verdict_done(&guards);
	if (!r)
		*ret = agents;
	return r;
}
