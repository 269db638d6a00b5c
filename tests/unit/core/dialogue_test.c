/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/dialogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define GREETING "220 mx.remote.test ESMTP\r\n"
#define EHLO "250-mx.remote.test Hello mail.cluster.test [192.0.2.25]\r\n" \
	     "250-SIZE 10240000\r\n250-starttls\r\n250 DSN\r\n"
#define OK "250 2.0.0 Ok\r\n"
#define RELAY "554 5.7.1 <postmaster@remote.test>: Relay access denied\r\n"
#define NO_HOST "450 4.7.25 Client host rejected: cannot find your " \
		"hostname, [192.0.2.9]\r\n"
#define SCRIPT_MAX 8

enum goal { NAME, BANNER, RCPT, TLS };

/* What the server says, each once it has been asked for it; NULL hangs up. */
struct play {
	enum goal goal;
	const char *server[SCRIPT_MAX];
	const char *client;		/* all that was said to it */
	enum dialogue_end end;
	enum dialogue_step step;
	unsigned int code;
	enum reply_class class;
	const char *said;
	const char *seen;
};

#define SAID_EHLO "EHLO mail.cluster.test\r\n"
#define SAID_HELO "HELO mail.cluster.test\r\n"
#define SAID_MAIL SAID_EHLO "MAIL FROM:<>\r\n"
#define SAID_RCPT SAID_MAIL "RCPT TO:<postmaster@remote.test>\r\n"
#define QUIT "QUIT\r\n"

static const struct play plays[] = {
	/* as it should be */
	{ BANNER, { GREETING, EHLO }, SAID_EHLO QUIT, DIALOGUE_ANSWERED,
	  DIALOGUE_EHLO, 250, REPLY_ACCEPTED, "mx.remote.test Hello "
	  "mail.cluster.test [192.0.2.25] SIZE 10240000 starttls DSN",
	  "192.0.2.25" },
	{ RCPT, { GREETING, EHLO, OK, OK, OK }, SAID_RCPT "RSET\r\n" QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 250, REPLY_ACCEPTED, "2.0.0 Ok",
	  "192.0.2.25" },
	{ TLS, { GREETING, EHLO, "220 2.0.0 Ready\r\n" },
	  SAID_EHLO "STARTTLS\r\n", DIALOGUE_ANSWERED, DIALOGUE_STARTTLS, 220,
	  REPLY_ACCEPTED, "2.0.0 Ready", "192.0.2.25" },

	{ NAME, { GREETING }, QUIT, DIALOGUE_ANSWERED, DIALOGUE_GREETING, 220,
	  REPLY_ACCEPTED, "mx.remote.test ESMTP", "none" },
	{ NAME, { "220-mx.remote.test\r\n220 hello\r\n" }, QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_GREETING, 220, REPLY_ACCEPTED,
	  "mx.remote.test hello", "none" },
	{ NAME, { "554 mx.remote.test no\r\n" }, QUIT, DIALOGUE_ANSWERED,
	  DIALOGUE_GREETING, 554, REPLY_POLICY, "mx.remote.test no", "none" },
	{ NAME, { NULL }, "", DIALOGUE_CLOSED, DIALOGUE_GREETING, 0,
	  REPLY_NONE, "", "none" },

	/* an address that is not said to us; who accepts may name whom it
	 * hands the mail to */
	{ BANNER, { GREETING, "250 mx on [10.9.0.25]\r\n" }, SAID_EHLO QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250, REPLY_ACCEPTED,
	  "mx on [10.9.0.25]", "none" },
	{ BANNER, { GREETING, "250 mx at your service, [192.0.2.25]\r\n" },
	  SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250,
	  REPLY_ACCEPTED, "mx at your service, [192.0.2.25]", "192.0.2.25" },
	{ BANNER, { GREETING, "250 mx: MAIL.cluster.test is [192.0.2.25]\r\n"
	  }, SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250,
	  REPLY_ACCEPTED, "mx: MAIL.cluster.test is [192.0.2.25]",
	  "192.0.2.25" },
	{ RCPT, { GREETING, "250 mx\r\n", OK, "250 for [10.9.0.25]\r\n",
		  NULL }, SAID_RCPT "RSET\r\n", DIALOGUE_ANSWERED,
	  DIALOGUE_RCPT, 250, REPLY_ACCEPTED, "for [10.9.0.25]", "none" },

	/* what comes after RCPT's reply changes nothing */
	{ RCPT, { GREETING, EHLO, OK, OK, NULL }, SAID_RCPT "RSET\r\n",
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 250, REPLY_ACCEPTED, "2.0.0 Ok",
	  "192.0.2.25" },
	{ RCPT, { GREETING, EHLO, OK, OK, NO_HOST }, SAID_RCPT "RSET\r\n" QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 250, REPLY_ACCEPTED, "2.0.0 Ok",
	  "192.0.2.25" },
	{ RCPT, { GREETING, EHLO, OK, OK, "?\r\n" }, SAID_RCPT "RSET\r\n",
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 250, REPLY_ACCEPTED, "2.0.0 Ok",
	  "192.0.2.25" },

	/* rejected, at each step; the EHLO mirror is the better witness */
	{ RCPT, { "554 5.7.1 [192.0.2.9] go away\r\n" }, QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_GREETING, 554, REPLY_POLICY,
	  "5.7.1 [192.0.2.9] go away", "192.0.2.9" },
	{ RCPT, { GREETING, "550 EHLO argument does not match calling host\r\n"
	  }, SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 550,
	  REPLY_HELO_IP_MISMATCH, "EHLO argument does not match calling host",
	  "none" },
	{ RCPT, { GREETING, "550 [192.0.2.9] came before [192.0.2.8]\r\n" },
	  SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 550, REPLY_POLICY,
	  "[192.0.2.9] came before [192.0.2.8]", "192.0.2.9" },
	{ RCPT, { GREETING, EHLO, NO_HOST }, SAID_MAIL QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_MAIL, 450, REPLY_FCRDNS_FAIL, "4.7.25 "
	  "Client host rejected: cannot find your hostname, [192.0.2.9]",
	  "192.0.2.25" },
	{ RCPT, { GREETING, "250 mx.remote.test\r\n", OK, NO_HOST },
	  SAID_RCPT QUIT, DIALOGUE_ANSWERED, DIALOGUE_RCPT, 450,
	  REPLY_FCRDNS_FAIL, "4.7.25 Client host rejected: cannot find your "
	  "hostname, [192.0.2.9]", "192.0.2.9" },
	{ RCPT, { GREETING, EHLO, OK, RELAY }, SAID_RCPT QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 554, REPLY_RELAY,
	  "5.7.1 <postmaster@remote.test>: Relay access denied",
	  "192.0.2.25" },
	{ TLS, { GREETING, EHLO, "454 4.7.0 not now\r\n" },
	  SAID_EHLO "STARTTLS\r\n" QUIT, DIALOGUE_ANSWERED, DIALOGUE_STARTTLS,
	  454, REPLY_INCONCLUSIVE, "4.7.0 not now", "192.0.2.25" },

	/* 421 closes, at each step, asked for or not */
	{ RCPT, { "421 too busy\r\n" }, "", DIALOGUE_ANSWERED,
	  DIALOGUE_GREETING, 421, REPLY_TOO_MANY, "too busy", "none" },
	{ RCPT, { GREETING, "421 a\r\n" }, SAID_EHLO, DIALOGUE_ANSWERED,
	  DIALOGUE_EHLO, 421, REPLY_TOO_MANY, "a", "none" },
	{ RCPT, { GREETING, EHLO, "421 a\r\n" }, SAID_MAIL, DIALOGUE_ANSWERED,
	  DIALOGUE_MAIL, 421, REPLY_TOO_MANY, "a", "192.0.2.25" },
	{ RCPT, { GREETING, EHLO, OK, "421 a\r\n" }, SAID_RCPT,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 421, REPLY_TOO_MANY, "a",
	  "192.0.2.25" },

	/* HELO, where EHLO is not known */
	{ RCPT, { GREETING, "500 5.5.1 what?\r\n",
		  "250 mx Hello [192.0.2.25]\r\n", OK, OK, OK },
	  SAID_EHLO SAID_HELO "MAIL FROM:<>\r\nRCPT TO:<postmaster@"
	  "remote.test>\r\nRSET\r\n" QUIT, DIALOGUE_ANSWERED, DIALOGUE_RCPT,
	  250, REPLY_ACCEPTED, "2.0.0 Ok", "192.0.2.25" },
	{ RCPT, { GREETING, "502 no\r\n", "502 no\r\n" },
	  SAID_EHLO SAID_HELO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 502,
	  REPLY_POLICY, "no", "none" },
	{ RCPT, { GREETING, "500 invalid domain name\r\n" }, SAID_EHLO QUIT,
	  DIALOGUE_ANSWERED, DIALOGUE_EHLO, 500, REPLY_NAME_SYNTAX,
	  "invalid domain name", "none" },

	/* no STARTTLS on offer */
	{ TLS, { GREETING, "250-mx\r\n250-\r\n250 START\r\n" },
	  SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250,
	  REPLY_ACCEPTED, "mx START", "none" },
	{ TLS, { GREETING, "250-starttls.test\r\n250 XSTARTTLS\r\n" },
	  SAID_EHLO QUIT, DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250,
	  REPLY_ACCEPTED, "starttls.test XSTARTTLS", "none" },

	/* closed, with and without a reply */
	{ RCPT, { NULL }, "", DIALOGUE_CLOSED, DIALOGUE_GREETING, 0,
	  REPLY_NONE, "", "none" },
	{ RCPT, { "220-half\r\n220 ha", NULL }, "", DIALOGUE_CLOSED,
	  DIALOGUE_GREETING, 0, REPLY_NONE, "half", "none" },
	{ RCPT, { GREETING, NULL }, SAID_EHLO, DIALOGUE_CLOSED, DIALOGUE_EHLO,
	  0, REPLY_NONE, "", "none" },
	{ RCPT, { GREETING, EHLO, OK, NULL }, SAID_RCPT, DIALOGUE_CLOSED,
	  DIALOGUE_RCPT, 0, REPLY_NONE, "", "192.0.2.25" },

	/* no SMTP */
	{ RCPT, { "SSH-2.0-OpenSSH_9.2\r\n" }, "", DIALOGUE_MALFORMED,
	  DIALOGUE_GREETING, 0, REPLY_NONE, "SSH-2.0-OpenSSH_9.2", "none" },
	{ RCPT, { GREETING, "250-a\r\n550 b\r\n" }, SAID_EHLO,
	  DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0, REPLY_NONE, "a 550 b",
	  "none" },
	{ RCPT, { "354 go on\r\n" }, "", DIALOGUE_MALFORMED,
	  DIALOGUE_GREETING, 0, REPLY_NONE, "go on", "none" },
	{ RCPT, { GREETING, EHLO, OK, "\x80\r\n" }, SAID_RCPT,
	  DIALOGUE_MALFORMED, DIALOGUE_RCPT, 0, REPLY_NONE, "\\x80",
	  "192.0.2.25" },
};

static void begin(struct dialogue *dialogue, enum goal goal)
{
	struct dialogue_request request = {
		.helo = "mail.cluster.test",
		.greeting_only = goal == NAME,
		.recipient = goal <= BANNER ? NULL : "postmaster@remote.test",
		.starttls = goal == TLS,
	};

	assert_int_equal(addr_parse("10.60.0.25", &request.server), 0);
	dialogue_begin(dialogue, &request);
	dialogue_connected(dialogue);
}

struct heard {
	char text[1024];
	size_t len;
};

static void hear(struct dialogue *dialogue, struct heard *heard)
{
	struct span out = dialogue_output(dialogue);

	assert_true(heard->len + out.len < sizeof(heard->text));
	if (out.len)
		memcpy(heard->text + heard->len, out.p, out.len);
	heard->len += out.len;
	heard->text[heard->len] = '\0';
	assert_int_equal(dialogue_output(dialogue).len, 0);
}

/* Pieces of `piece` bytes; 0: of random lengths. False when it has ended. */
static bool feed(struct dialogue *dialogue, const char *text, size_t piece,
		 struct heard *heard)
{
	size_t left = strlen(text);
	bool goes_on = true;

	while (left && goes_on) {
		size_t n = piece ? piece : (size_t)rand() % 20 + 1;
		char *exact;

		n = n < left ? n : left;
		/* Of exactly its size, so that reading on is seen. */
		exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, text, n);
		goes_on = dialogue_input(dialogue, exact, n);
		free(exact);
		hear(dialogue, heard);
		text += n;
		left -= n;
	}
	return goes_on;
}

static struct dialogue_result play(const struct play *play, size_t piece,
				   struct heard *heard)
{
	struct dialogue dialogue;
	bool goes_on = true;

	begin(&dialogue, play->goal);
	for (int i = 0; goes_on; i++) {
		assert_true(i < SCRIPT_MAX);
		if (!play->server[i])
			break;
		goes_on = feed(&dialogue, play->server[i], piece, heard);
	}
	if (goes_on)
		dialogue_stop(&dialogue, DIALOGUE_CLOSED, NULL);
	return dialogue.result;
}

static void check_play(size_t row, size_t piece)
{
	const struct play *want = &plays[row];
	struct heard heard = { "", 0 };
	struct dialogue_result got = play(want, piece, &heard);

	if (got.end != want->end || got.step != want->step ||
	    got.code != want->code || got.class != want->class ||
	    strcmp(got.said, want->said) != 0 ||
	    strcmp(addr_text(&got.seen).s, want->seen) != 0 ||
	    strcmp(heard.text, want->client) != 0)
		fail_msg("row %zu in pieces of %zu: %s, step %d, %u %s (%s), "
			 "seen %s; heard:\n%s", row, piece,
			 dialogue_end_text(got.end), got.step, got.code,
			 got.said, reply_class_text(got.class),
			 addr_text(&got.seen).s, heard.text);
}

static void test_dialogues(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(plays); i++)
		check_play(i, 4096);
}

static void test_dialogues_byte_by_byte(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(plays); i++)
		check_play(i, 1);
}

static void test_dialogues_in_random_pieces(void **unused)
{
	unsigned int seed = 2821;

	(void)unused;
	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < ARRAY_SIZE(plays); i++)
			check_play(i, 0);
}

static void test_the_names_are_taken(void **unused)
{
	struct heard heard = { "", 0 };
	struct dialogue_result result = play(&plays[0], 7, &heard);

	(void)unused;
	assert_string_equal(result.greeting, "mx.remote.test");
	assert_string_equal(result.ehlo, "mx.remote.test");
}

static const struct pushed {
	const char *bytes;	/* in one piece */
	enum dialogue_end end;
	enum dialogue_step step;
	unsigned int code;
} pushed[] = {
	{ GREETING OK, DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0 },
	{ GREETING GREETING, DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0 },
	{ GREETING "\n", DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0 },
	{ GREETING "42", DIALOGUE_CLOSED, DIALOGUE_EHLO, 0 },
	{ GREETING "42\r\n", DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0 },
	{ GREETING "420 a\r\n", DIALOGUE_MALFORMED, DIALOGUE_EHLO, 0 },
	{ GREETING "421 a\r\n", DIALOGUE_ANSWERED, DIALOGUE_EHLO, 421 },
	{ GREETING "421 a\r\n?", DIALOGUE_ANSWERED, DIALOGUE_EHLO, 421 },
	{ "554 a\r\n554 b\r\n", DIALOGUE_ANSWERED, DIALOGUE_GREETING, 554 },
};

static void test_what_nobody_asked_for(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(pushed); i++) {
		const char *bytes = pushed[i].bytes;
		struct dialogue dialogue;

		begin(&dialogue, RCPT);
		if (dialogue_input(&dialogue, bytes, strlen(bytes)))
			dialogue_stop(&dialogue, DIALOGUE_CLOSED, NULL);
		if (dialogue.result.end != pushed[i].end ||
		    dialogue.result.step != pushed[i].step ||
		    dialogue.result.code != pushed[i].code)
			fail_msg("row %zu: %s, step %d, %u", i,
				 dialogue_end_text(dialogue.result.end),
				 dialogue.result.step, dialogue.result.code);
	}
}

static void test_text_behind_starttls(void **unused)
{
	static const char bytes[] = "220 go\r\n250 injected\r\n";
	struct heard heard = { "", 0 };
	struct dialogue dialogue;

	(void)unused;
	begin(&dialogue, TLS);
	assert_true(feed(&dialogue, GREETING, 4096, &heard));
	assert_true(feed(&dialogue, EHLO, 4096, &heard));
	assert_false(feed(&dialogue, bytes, 4096, &heard));
	assert_int_equal(dialogue.result.end, DIALOGUE_MALFORMED);
	assert_int_equal(dialogue.result.step, DIALOGUE_STARTTLS);
	assert_int_equal(dialogue.result.class, REPLY_NONE);
	assert_string_equal(dialogue.result.said,
			    "nobody asked for: 250 injected\\x0d\\x0a");
}

static void test_endless_replies_end(void **unused)
{
	struct dialogue dialogue;
	char line[900];
	size_t given = 0;

	(void)unused;
	memset(line, 'x', sizeof(line));
	memcpy(line, "220-", 4);
	line[sizeof(line) - 1] = '\n';
	begin(&dialogue, RCPT);
	do
		given += sizeof(line);
	while (dialogue_input(&dialogue, line, sizeof(line)));
	assert_true(given > DIALOGUE_BYTES_MAX);
	assert_true(given <= DIALOGUE_BYTES_MAX + sizeof(line));
	assert_int_equal(dialogue.result.end, DIALOGUE_MALFORMED);
}

static void test_stopped(void **unused)
{
	static const char late[DIALOGUE_BYTES_MAX + 1] = EHLO;
	struct heard heard = { "", 0 };
	struct dialogue dialogue;

	(void)unused;
	begin(&dialogue, RCPT);
	dialogue.step = DIALOGUE_CONNECT;
	dialogue_stop(&dialogue, DIALOGUE_UNREACHABLE, "No route to host");
	assert_int_equal(dialogue.result.end, DIALOGUE_UNREACHABLE);
	assert_int_equal(dialogue.result.step, DIALOGUE_CONNECT);
	assert_string_equal(dialogue.result.said, "No route to host");

	begin(&dialogue, RCPT);
	assert_true(feed(&dialogue, GREETING, 4096, &heard));
	dialogue_stop(&dialogue, DIALOGUE_TIMEOUT, NULL);
	dialogue_stop(&dialogue, DIALOGUE_CLOSED, "later");
	assert_int_equal(dialogue.result.end, DIALOGUE_TIMEOUT);
	assert_int_equal(dialogue.result.step, DIALOGUE_EHLO);
	assert_string_equal(dialogue.result.said, "");
	assert_string_equal(dialogue.result.greeting, "mx.remote.test");
	assert_false(dialogue_input(&dialogue, late, sizeof(late)));
	assert_int_equal(dialogue.result.end, DIALOGUE_TIMEOUT);
	assert_int_equal(dialogue_output(&dialogue).len, 0);
}

static void test_the_servers_own_address_is_not_ours(void **unused)
{
	static const char ehlo[] = "250 [192.0.2.1] Hello, [10.60.0.25]\r\n";
	static const char no[] = "550 [10.60.0.25] said no\r\n";
	struct heard heard = { "", 0 };
	struct dialogue dialogue;

	(void)unused;
	begin(&dialogue, RCPT);
	assert_true(feed(&dialogue, GREETING, 4096, &heard));
	assert_true(feed(&dialogue, ehlo, 4096, &heard));
	assert_string_equal(dialogue.result.ehlo, "[192.0.2.1]");
	assert_false(feed(&dialogue, no, 4096, &heard));
	assert_int_equal(dialogue.result.seen.family, 0);
}

static void test_long_sayings_are_cut(void **unused)
{
	struct dialogue dialogue;
	char line[900];

	(void)unused;
	memset(line, 'x', sizeof(line));
	memcpy(line, "554 ", 4);
	line[sizeof(line) - 1] = '\n';
	begin(&dialogue, RCPT);
	assert_false(dialogue_input(&dialogue, line, sizeof(line)));
	assert_int_equal(strlen(dialogue.result.said), DIALOGUE_SAID_MAX - 1);
	assert_string_equal(dialogue.result.said + DIALOGUE_SAID_MAX - 5,
			    "x...");
	assert_int_equal(strlen(dialogue.result.greeting), NAME_MAX_LEN);
}

static void test_the_longest_names_fit(void **unused)
{
	struct dialogue_request request = { 0 };
	struct heard heard = { "", 0 };
	struct dialogue dialogue;
	char helo[NAME_MAX_LEN + 1] = "", want[1024];
	struct remote_text recipient = { "postmaster@" };

	(void)unused;
	for (int i = 0; i < NAME_MAX_LEN; i++)
		helo[i] = i % 64 == 63 ? '.' : 'a';
	strcat(recipient.s, helo);
	request.helo = helo;
	request.recipient = recipient.s;
	dialogue_begin(&dialogue, &request);
	dialogue_connected(&dialogue);
	assert_true(feed(&dialogue, GREETING, 4096, &heard));
	assert_true(feed(&dialogue, EHLO, 4096, &heard));
	assert_true(feed(&dialogue, OK, 4096, &heard));
	(void)snprintf(want, sizeof(want), "EHLO %s\r\nMAIL FROM:<>\r\nRCPT "
		       "TO:<%s>\r\n", helo, recipient.s);
	assert_string_equal(heard.text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_dialogues_byte_by_byte),
		cmocka_unit_test(test_dialogues_in_random_pieces),
		cmocka_unit_test(test_the_names_are_taken),
		cmocka_unit_test(test_what_nobody_asked_for),
		cmocka_unit_test(test_text_behind_starttls),
		cmocka_unit_test(test_endless_replies_end),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_the_servers_own_address_is_not_ours),
		cmocka_unit_test(test_long_sayings_are_cut),
		cmocka_unit_test(test_the_longest_names_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
