/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard's copy of the witnesses' key: see guard.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/guard.h"
#include "io/authkey_copy.h"
#include "io/guard_files.h"
#include "io/privilege.h"

static void forget(const struct guard_files *files)
{
	if (unlink(files->authkey) < 0 && errno != ENOENT)
		log_line(LOG_WARNING, "cannot remove %s: %s", files->authkey,
			 strerror(errno));
}

/* Nothing to say where all is as it was. */
static void tell(const struct params *params, enum authkey_copied copied,
		 const struct why *unfit)
{
	if (copied == AUTHKEY_STANDS)
		return;
	if (*unfit->text)
		log_line(LOG_WARNING, "authkey: %s; until that is mended no "
			 "witness is asked", unfit->text);
	else if (copied == AUTHKEY_CHANGED)
		log_line(LOG_NOTICE, "authkey: %s was changed; the guard has "
			 "it now", params->authkey);
}

void guard_key_follow(const struct ocf_call *call, const struct params *params)
{
	struct why unfit = { "" }, why = { "" };
	struct privilege_user user;
	struct guard_files files;
	int r;

	guard_files_of(&call->instance, &files);
	if (!params->witness_count) {
		forget(&files);
		return;
	}
	r = privilege_find(GUARD_USER, &user, &why);
	if (!r)
		r = authkey_copy(params->authkey, files.authkey, user.gid,
				 &unfit, &why);
	if (r < 0)
		log_line(LOG_WARNING, "authkey: the guard cannot have it: %s",
			 why.text);
	else
		tell(params, (enum authkey_copied)r, &unfit);
}
