/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ocf_world.h"

/* What the driver asks of postconf -x. */
#define POSTCONF \
	"#!/bin/sh\n" \
	"cat <<EOF\n" \
	"command_directory = " PROGRAM_DIR "\n" \
	"config_directory = " CONFIG_DIR "\n" \
	"content_filter =\n" \
	"daemon_directory = " PROGRAM_DIR "\n" \
	"default_transport = smtp\n" \
	"export_environment = TZ MAIL_CONFIG LANG\n" \
	"import_environment = MAIL_CONFIG TZ\n" \
	"inet_interfaces = all\n" \
	"inet_protocols = all\n" \
	"mail_version = 3.7.11\n" \
	"meta_directory = " CONFIG_DIR "\n" \
	"mydestination = localhost\n" \
	"mydomain = example.com\n" \
	"myhostname = node1.example.com\n" \
	"mynetworks = 127.0.0.0/8\n" \
	"myorigin = node1.example.com\n" \
	"process_id_directory = pid\n" \
	"queue_directory = " SPOOL_DIR "\n" \
	"relay_domains =\n" \
	"relay_transport = relay\n" \
	"smtp_bind_address_enforce = no\n" \
	"syslog_name = postfix\n" \
	"virtual_alias_domains =\n" \
	"virtual_mailbox_domains =\n" \
	"EOF\n"

#define MASTER_CF \
	"smtp      inet  n  -  n  -    -  smtpd\n" \
	"pickup    unix  n  -  n  60   1  pickup\n" \
	"cleanup   unix  n  -  n  -    0  cleanup\n" \
	"qmgr      unix  n  -  n  300  1  qmgr\n" \
	"rewrite   unix  -  -  n  -    -  trivial-rewrite\n" \
	"bounce    unix  -  -  n  -    0  bounce\n" \
	"smtp      unix  -  -  n  -    -  smtp\n" \
	"relay     unix  -  -  n  -    -  smtp\n" \
	"local     unix  -  n  n  -    -  local\n" \
	"error     unix  -  -  n  -    -  error\n" \
	"retry     unix  -  -  n  -    -  error\n"

/** An installed Postfix, as far as the agent looks, in the world. */
static inline int postfix_setup(void **state)
{
	static const char *const idle[] = { "postfix", "postsuper" };
	char path[PATH_MAX];

	if (world_setup(state))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		(void)snprintf(path, sizeof(path), PROGRAM_DIR "/%s", idle[i]);
		world_put(path, "#!/bin/sh\n", 0755);
	}
	world_put(PROGRAM_DIR "/postconf", POSTCONF, 0755);
	world_put(CONFIG_DIR "/master.cf", MASTER_CF, 0644);
	assert_int_equal(world_copy(getenv("FAKE_MASTER"),
				    PROGRAM_DIR "/master"), 0);
	return 0;
}

static inline int postfix_teardown(void **state)
{
	world_expect("stop", WITH(), 0, NULL);
	return world_teardown(state);
}
