/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies as receivers write them, by their source code or documentation where
 * these name the text, else as postmasters reported them. A multi-line one is
 * joined as core/smtp/reply.h does it.
 */
#include "core/smtp/reply_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define TEXT_MAX 512

static const struct saying {
	enum reply_class want;
	unsigned int code;
	const char *text;
} sayings[] = {
	/* Postfix, smtpd_check.c */
	{ REPLY_FCRDNS_FAIL, 450, "4.7.25 Client host rejected: cannot find "
	  "your hostname, [192.0.2.25]" },
	{ REPLY_PTR_MISSING, 450, "4.7.1 Client host rejected: cannot find "
	  "your reverse hostname, [192.0.2.25]" },
	{ REPLY_NAME_UNRESOLVED, 450, "4.7.1 <mail.cluster.test>: Helo command "
	  "rejected: Host not found" },
	{ REPLY_NAME_UNRESOLVED, 450, "4.7.1 <mail.cluster.test>: Helo command "
	  "rejected: Malformed DNS server reply" },
	{ REPLY_NAME_SYNTAX, 504, "5.5.2 <mail>: Helo command rejected: need "
	  "fully-qualified hostname" },
	{ REPLY_NAME_SYNTAX, 501, "5.5.2 <ma_il>: Helo command rejected: "
	  "Invalid name" },
	{ REPLY_NAME_SYNTAX, 501, "5.5.4 Syntax: EHLO hostname" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 450, "4.1.8 <a@cluster.test>: Sender "
	  "address rejected: Domain not found" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 450, "4.1.8 <a@cluster.test>: Sender "
	  "address rejected: Malformed DNS server reply" },
	{ REPLY_RELAY, 450, "4.1.2 <postmaster@remote.test>: Recipient address "
	  "rejected: Domain not found" },
	{ REPLY_RELAY, 554, "5.7.1 <postmaster@remote.test>: Relay access "
	  "denied" },
	{ REPLY_RELAY, 550, "5.1.1 <postmaster@remote.test>: Recipient address "
	  "rejected: User unknown in virtual alias table" },
	{ REPLY_POLICY, 550, "5.1.0 <a@cluster.test>: Sender address rejected: "
	  "User unknown in virtual mailbox table" },
	{ REPLY_POLICY, 554, "5.7.1 <mail.cluster.test[192.0.2.25]>: Client "
	  "host rejected: Access denied" },
	{ REPLY_POLICY, 554, "5.7.1 <mail.cluster.test>: Helo command "
	  "rejected: Access denied" },
	{ REPLY_POLICY, 504, "5.5.2 <postmaster>: Recipient address rejected: "
	  "need fully-qualified address" },
	{ REPLY_POLICY, 503, "5.5.1 Error: send HELO/EHLO first" },
	{ REPLY_POLICY, 503, "5.5.0 <RCPT TO>: Data command rejected: Improper "
	  "use of SMTP command pipelining" },
	{ REPLY_POLICY, 550, "5.7.27 <a@cluster.test>: Sender address "
	  "rejected: Domain cluster.test does not accept mail (nullMX)" },
	{ REPLY_POLICY, 530, "5.7.0 Must issue a STARTTLS command first" },
	{ REPLY_POLICY, 554, "5.7.1 Service unavailable; Client host "
	  "[192.0.2.25] blocked using zen.spamhaus.org" },
	{ REPLY_POLICY, 521, "5.3.2 remote.test does not accept mail" },
	{ REPLY_INCONCLUSIVE, 451, "4.3.0 <postmaster@remote.test>: Temporary "
	  "lookup failure" },
	{ REPLY_INCONCLUSIVE, 451, "4.3.5 <postmaster@remote.test>: Recipient "
	  "address rejected: Server configuration error" },
	{ REPLY_TOO_MANY, 421, "4.7.0 mx.remote.test Error: too many "
	  "connections from 192.0.2.25" },
	{ REPLY_TOO_MANY, 421, "4.7.0 mx.remote.test Error: too many errors" },
	{ REPLY_TOO_MANY, 421, "4.3.2 All server ports are busy" },
	{ REPLY_TOO_MANY, 450, "4.7.1 Error: too many connections" },
	/* postgrey, postscreen(8), policyd-weight, pypolicyd-spf */
	{ REPLY_GREYLISTED, 450, "4.2.0 <postmaster@remote.test>: Recipient "
	  "address rejected: Greylisted, see http://postgrey.schweikert.ch/" },
	{ REPLY_GREYLISTED, 421, "4.7.1 Greylisted, come again" },
	{ REPLY_INCONCLUSIVE, 450, "4.3.2 Service currently unavailable" },
	{ REPLY_SPF, 550, "5.7.23 <postmaster@remote.test>: Recipient address "
	  "rejected: Message rejected due to: SPF fail - not authorized. "
	  "Please see http://www.openspf.net/Why?s=helo" },

	/* Exim, smtp_in.c, acl.c, and the lists' usual access lists */
	{ REPLY_HELO_IP_MISMATCH, 550, "EHLO argument does not match calling "
	  "host" },
	{ REPLY_HELO_IP_MISMATCH, 451, "HELO argument does not match calling "
	  "host" },
	{ REPLY_NAME_SYNTAX, 501, "Syntactically invalid EHLO argument(s)" },
	{ REPLY_NAME_SYNTAX, 550, "Access denied - Invalid HELO name (See "
	  "RFC2821 4.1.1.1)" },
	{ REPLY_NAME_SYNTAX, 550, "Invalid NON-FQDN HELO (mail)" },
	{ REPLY_RELAY, 550, "relay not permitted" },
	{ REPLY_RELAY, 550, "Unrouteable address" },
	{ REPLY_POLICY, 550, "Administrative prohibition" },
	{ REPLY_POLICY, 554, "SMTP synchronization error" },
	{ REPLY_TOO_MANY, 421, "mx.remote.test: Too many concurrent SMTP "
	  "connections; please try again later." },
	{ REPLY_INCONCLUSIVE, 451, "Temporary local problem - please try "
	  "later" },
	{ REPLY_PTR_MISSING, 451, "You dont seem to have a reverse dns entry. "
	  "Come back later. You are greylisted for 20 minutes." },

	/* Sendmail, proto.m4 (FEATURE(require_rdns), the relay rules, mail) */
	{ REPLY_PTR_MISSING, 550, "5.7.1 Fix reverse DNS for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 451, "4.1.8 Client IP address 192.0.2.25 does "
	  "not resolve" },
	{ REPLY_FCRDNS_FAIL, 451, "4.1.8 Possibly forged hostname for "
	  "192.0.2.25" },
	{ REPLY_RELAY, 550, "5.7.1 <postmaster@remote.test>... Relaying denied "
	  "IP name lookup failed [192.0.2.25]" },
	{ REPLY_RELAY, 450, "4.7.1 <postmaster@remote.test>... Relaying "
	  "temporarily denied. Cannot resolve PTR record for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 550, "5.7.1 Access denied. IP name lookup failed "
	  "[192.0.2.25]" },
	{ REPLY_NAME_SYNTAX, 501, "5.0.0 Invalid domain name" },
	{ REPLY_NAME_SYNTAX, 501, "5.0.0 EHLO requires domain address" },
	{ REPLY_NAME_SYNTAX, 501, "5.0.0 HELO requires domain address" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 553, "5.1.8 <a@cluster.test>... "
	  "Domain of sender address a@cluster.test does not exist" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 451, "4.1.8 Domain of sender address "
	  "a@cluster.test does not resolve" },
	{ REPLY_TOO_MANY, 421, "4.3.2 Connection rate limit exceeded." },
	{ REPLY_RELAY, 550, "5.1.1 <postmaster@remote.test>... User unknown" },

	/* OpenSMTPD: smtpd.conf(5), smtp_session.c */
	{ REPLY_PTR_MISSING, 550, "no rDNS is so 80s" },
	{ REPLY_FCRDNS_FAIL, 550, "no FCrDNS is so 80s" },
	{ REPLY_NAME_SYNTAX, 501, "5.5.1 Invalid command: EHLO requires domain "
	  "name" },
	{ REPLY_RELAY, 550, "Invalid recipient: <postmaster@remote.test>: "
	  "relaying not allowed" },

	/* qmail: rcpthosts, qmail-smtpd's patches */
	{ REPLY_RELAY, 553, "sorry, that domain isn't in my list of allowed "
	  "rcpthosts (#5.7.1)" },
	{ REPLY_RELAY, 554, "Sorry, no mailbox here by that name. (#5.1.1)" },

	/* Exchange and Exchange Online, learn.microsoft.com; Outlook.com */
	{ REPLY_NAME_SYNTAX, 501, "5.5.4 Invalid domain name" },
	{ REPLY_PTR_MISSING, 550, "5.7.25 Service unavailable, sending IPv6 "
	  "address [2001:db8::25] must have reverse DNS record" },
	{ REPLY_SPF, 450, "4.7.26 Service unavailable, message sent over IPv6 "
	  "[2001:db8::25] must pass either SPF or DKIM validation, this "
	  "message is not signed" },
	{ REPLY_SPF, 550, "5.7.23 The message was rejected because of Sender "
	  "Policy Framework violation" },
	{ REPLY_RELAY, 550, "5.4.1 Recipient address rejected: Access denied. "
	  "AS(201806281)" },
	{ REPLY_RELAY, 550, "5.7.64 TenantAttribution; Relay Access Denied" },
	{ REPLY_RELAY, 550, "5.7.54 SMTP; Unable to relay recipient in "
	  "non-accepted domain" },
	{ REPLY_POLICY, 550, "5.7.1 Unfortunately, messages from [192.0.2.25] "
	  "weren't sent. Please contact your Internet service provider since "
	  "part of their network is on our block list (S3150)." },
	{ REPLY_POLICY, 550, "5.7.509 Access denied, sending domain "
	  "cluster.test does not pass DMARC verification and has a DMARC "
	  "policy of reject" },
	{ REPLY_INCONCLUSIVE, 451, "4.7.500 Server busy. Please try again "
	  "later from [192.0.2.25]." },

	/* Google, "Gmail SMTP errors and codes" (answer 3726730) */
	{ REPLY_FCRDNS_FAIL, 550, "5.7.25 [192.0.2.25] The IP address sending "
	  "this message does not have a PTR record setup, or the corresponding "
	  "forward DNS entry does not match the sending IP." },
	{ REPLY_FCRDNS_FAIL, 421, "4.7.23 The sending IP address for this "
	  "message doesn't have a PTR record, or the PTR record's forward DNS "
	  "entry doesn't match the sending IP address." },
	{ REPLY_FCRDNS_FAIL, 550, "5.7.1 [2001:db8::25] Our system has "
	  "detected that this message does not meet IPv6 sending guidelines "
	  "regarding PTR records and authentication." },
	{ REPLY_SPF, 421, "4.7.27 Your email has been rate limited because SPF "
	  "authentication didn't pass for this message." },
	{ REPLY_SPF, 550, "5.7.26 This message fails to pass SPF checks for an "
	  "SPF record with a hard fail policy (-all)." },
	{ REPLY_SPF, 451, "4.7.24 The SPF record of the sending domain has one "
	  "or more suspicious entries." },
	{ REPLY_POLICY, 550, "5.7.26 Unauthenticated email from cluster.test "
	  "is not accepted due to domain's DMARC policy." },
	{ REPLY_POLICY, 550, "5.7.30 This mail has been blocked because DKIM "
	  "does not pass." },
	{ REPLY_TOO_MANY, 421, "4.7.28 Gmail has detected an unusual rate of "
	  "unsolicited mail originating from your IP address." },
	{ REPLY_TOO_MANY, 421, "4.7.0 IP not in whitelist for RCPT domain, "
	  "closing connection." },
	{ REPLY_NAME_SYNTAX, 501, "5.5.4 HELO/EHLO argument \"mail\" invalid, "
	  "closing connection." },
	{ REPLY_RELAY, 550, "5.1.1 The email account that you tried to reach "
	  "does not exist." },
	{ REPLY_RELAY, 450, "4.2.1 The user you are trying to contact is "
	  "receiving mail too quickly." },

	/* Yahoo and AOL, postmaster.yahooinc.com */
	{ REPLY_FCRDNS_FAIL, 450, "4.7.25 Forward-confirmed reverse DNS "
	  "failed" },
	{ REPLY_TOO_MANY, 421, "4.7.0 [TSS04] Messages from 192.0.2.25 "
	  "temporarily deferred due to unexpected volume or user complaints - "
	  "4.16.55.1" },
	{ REPLY_TOO_MANY, 451, "VS1-IP Excessive unknown recipients - possible "
	  "Open Relay (#4.1.8)" },
	{ REPLY_POLICY, 553, "5.7.1 [BL21] Connections will not be accepted "
	  "from 192.0.2.25, because the ip is in Spamhaus's list" },

	/* Apple, support article 102322 */
	{ REPLY_SPF, 554, "5.7.1 [HME1] This message was blocked for failing "
	  "both SPF and DKIM authentication checks." },
	{ REPLY_POLICY, 550, "5.7.1 [CS01] Message rejected due to local "
	  "policy." },

	/* GMX, web.de: postmaster.gmx.net; Telekom: postmaster.t-online.de */
	{ REPLY_PTR_MISSING, 554, "web.de (mxweb012) Nemesis ESMTP Service not "
	  "available No SMTP service Bad DNS PTR resource record. For "
	  "explanation visit https://postmaster.web.de/en/case?c=rdns" },
	{ REPLY_POLICY, 554, "gmx.net (mxgmx104) Nemesis ESMTP Service not "
	  "available No SMTP service IP address is block listed." },
	{ REPLY_TOO_MANY, 421, "Rate limit reached. Please try again later" },
	{ REPLY_POLICY, 550, "Requested action not taken: mailbox "
	  "unavailable" },
	{ REPLY_POLICY, 554, "IP=192.0.2.25 - None/bad reputation. Ask your "
	  "postmaster for help or to contact tobr@rx.t-online.de for reset. "
	  "(NOWL)" },

	/* Comcast, Cox, forpsi, interoute, mail.ru, Compuserve, QQ */
	{ REPLY_PTR_MISSING, 554, "resimta-01.comcast.net comcast 192.0.2.25 "
	  "Comcast requires that all mail servers must have a PTR record with "
	  "a valid Reverse DNS entry." },
	{ REPLY_PTR_MISSING, 421, "Reverse DNS failure : Try again later" },
	{ REPLY_TOO_MANY, 421, "Too many sessions opened" },
	{ REPLY_PTR_MISSING, 554, "cox.net rejected - no rDNS" },
	{ REPLY_PTR_MISSING, 554, "cmg1.fe.forpsi.com bizsmtp no DNS reverse "
	  "for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 451, "4.7.1 Your IP address does not resolve to "
	  "an existing hostname - no proper reverse mapping exists" },
	{ REPLY_POLICY, 550, "we do not accept mail from hosts with dynamic IP "
	  "or generic dns PTR-records" },
	{ REPLY_POLICY, 554, "Refused. Your reverse DNS entry contains your IP "
	  "address and a country code." },
	{ REPLY_TOO_MANY, 550, "Connection frequency limited" },

	/* Words alone: without an enhanced status (before RFC 2034, or with one
	 * that says nothing), from old releases and postmasters' reports. */
	{ REPLY_RELAY, 450, "<a@remote.test>: Recipient address rejected: "
	  "Domain not found" },
	{ REPLY_FCRDNS_FAIL, 550, "Client host rejected: cannot find your "
	  "hostname, [192.0.2.25]" },
	{ REPLY_FCRDNS_FAIL, 550, "No forward confirmed DNS for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 450, "4.7.1 Access temporarily denied. Cannot "
	  "resolve PTR record for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 550, "unresolvable relay host name" },
	{ REPLY_PTR_MISSING, 550, "5.7.1 192.0.2.25 does not have a PTR "
	  "record" },
	{ REPLY_PTR_MISSING, 550, "192.0.2.25 doesn't have a PTR record" },
	{ REPLY_PTR_MISSING, 554, "Connecting IP must have valid PTR record "
	  "for 192.0.2.25" },
	{ REPLY_PTR_MISSING, 550, "5.7.1 No PTR record found." },
	{ REPLY_PTR_MISSING, 554, "PTR lookup failure: try again later" },
	{ REPLY_PTR_MISSING, 554, "This system will not accept messages from "
	  "servers/devices with no reverse DNS" },
	{ REPLY_PTR_MISSING, 550, "Reverse DNS required" },
	{ REPLY_PTR_MISSING, 550, "Sender IP reverse lookup rejected" },
	{ REPLY_NAME_UNRESOLVED, 550, "HELO mail.cluster.test does not "
	  "resolve" },
	{ REPLY_NAME_UNRESOLVED, 550, "Your EHLO name does not resolve" },
	{ REPLY_HELO_IP_MISMATCH, 550, "HELO name does not match reverse DNS" },
	{ REPLY_NAME_SYNTAX, 450, "<mail>: Helo command rejected: need "
	  "fully-qualified hostname" },
	{ REPLY_NAME_SYNTAX, 450, "<ma_il>: Helo command rejected: Invalid "
	  "name" },
	{ REPLY_NAME_SYNTAX, 501, "Syntactically invalid HELO argument(s)" },
	{ REPLY_NAME_SYNTAX, 504, "HELO parameter not implemented" },
	{ REPLY_NAME_SYNTAX, 504, "EHLO parameter not implemented" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 450, "<a@cluster.test>: Sender "
	  "address rejected: Domain not found" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 501, "Domain of sender address "
	  "a@cluster.test does not exist" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 501, "Domain must resolve" },
	{ REPLY_SPF, 554, "5.7.1 SPF check: fail" },
	{ REPLY_SPF, 550, "SPF fail - not authorized" },
	{ REPLY_SPF, 451, "SPF validation error" },
	{ REPLY_SPF, 550, "SPF Permerror" },
	{ REPLY_SPF, 550, "SPF: 192.0.2.25 is not allowed to send mail from "
	  "cluster.test" },
	{ REPLY_SPF, 550, "Gmail requires all senders to authenticate with "
	  "either SPF or DKIM." },
	{ REPLY_SPF, 550, "Sender Policy Framework violation" },
	{ REPLY_GREYLISTED, 451, "Graylisted, please try again in 180 "
	  "seconds" },
	{ REPLY_GREYLISTED, 450, "You are being grey-listed" },
	{ REPLY_GREYLISTED, 450, "You are being gray-listed" },
	{ REPLY_RELAY, 550, "5.7.0 Mail relay denied [192.0.2.25]" },
	{ REPLY_RELAY, 550, "User unknown." },
	{ REPLY_RELAY, 550, "Unknown user" },
	{ REPLY_RELAY, 550, "No such user here" },
	{ REPLY_TOO_MANY, 550, "Too many concurrent connections" },
	{ REPLY_TOO_MANY, 452, "Too many simultaneous connections" },
	{ REPLY_TOO_MANY, 452, "Too many sessions from 192.0.2.25" },
	{ REPLY_TOO_MANY, 550, "too many errors" },
	{ REPLY_TOO_MANY, 450, "4.7.1 Rate limit exceeded" },
	{ REPLY_TOO_MANY, 550, "5.7.1 Our system has detected an unusual rate "
	  "of unsolicited mail originating from your IP address." },

	/* The number alone, in whatever words or language. */
	{ REPLY_FCRDNS_FAIL, 550, "5.7.25 abgelehnt" },
	{ REPLY_FCRDNS_FAIL, 451, "4.7.23 see the PTR record of 192.0.2.25" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, 550, "5.1.8 abgelehnt" },
	{ REPLY_SPF, 550, "5.7.23 abgelehnt" },
	{ REPLY_SPF, 550, "5.7.24 abgelehnt" },
	{ REPLY_SPF, 550, "5.7.26 abgelehnt" },
	{ REPLY_TOO_MANY, 550, "5.7.28 abgelehnt" },
	{ REPLY_RELAY, 550, "5.1.1 abgelehnt" },
	{ REPLY_RELAY, 550, "5.1.2 abgelehnt" },
	{ REPLY_RELAY, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound" },
	{ REPLY_RELAY, 550, "5.2.1 abgelehnt" },
	{ REPLY_RELAY, 552, "5.2.2 Over STORAGE quota" },
	{ REPLY_RELAY, 554, "abgelehnt (#5.1.1)" },

	/* Words that are part of somebody's name. */
	{ REPLY_POLICY, 501, "5.1.7 <postmaster@helo.example>: bad sender "
	  "address syntax" },
	{ REPLY_POLICY, 554, "mx.greylist.example refuses" },
	{ REPLY_POLICY, 554, "5.7.250 refused" },
	{ REPLY_POLICY, 554, "15.7.25 refused" },
};

/* What is said at the end, and what a failure shows, in one line. */
static void check(unsigned int code, const char *text, enum reply_class want)
{
	enum reply_class got = reply_classify(code, text);

	if (got != want)
		fail_msg("%u %s: %s, not %s", code, text,
			 reply_class_text(got), reply_class_text(want));
}

static void test_what_receivers_say(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(sayings); i++)
		check(sayings[i].code, sayings[i].text, sayings[i].want);
}

static enum reply_class with_other_digit(const struct saying *saying)
{
	if (saying->want == REPLY_POLICY)
		return REPLY_INCONCLUSIVE;
	return saying->want == REPLY_INCONCLUSIVE ? REPLY_POLICY :
						    saying->want;
}

/* 421, 501 and 504 mean something of their own. */
static bool means_its_code(const struct saying *saying)
{
	return saying->code == 421 || saying->code == 501 ||
	       saying->code == 504;
}

static void test_the_first_digit_is_the_receivers_choice(void **unused)
{
	unsigned int count = 0;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(sayings); i++) {
		unsigned int code = sayings[i].code;
		char text[TEXT_MAX];

		if (means_its_code(&sayings[i]))
			continue;
		code = code >= 500 ? code - 100 : code + 100;
		if (code == 421)
			continue;
		(void)snprintf(text, sizeof(text), "%s", sayings[i].text);
		if (text[1] == '.')
			text[0] = code >= 500 ? '5' : '4';
		check(code, text, with_other_digit(&sayings[i]));
		count++;
	}
	assert_true(count > 60);
}

static void test_case_does_not_matter(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(sayings); i++) {
		char text[TEXT_MAX];
		size_t n = 0;

		for (const char *p = sayings[i].text; *p; p++)
			text[n++] = *p >= 'a' && *p <= 'z' ?
					    (char)(*p - 'a' + 'A') : *p;
		text[n] = '\0';
		check(sayings[i].code, text, sayings[i].want);
	}
}

static void test_acceptance_is_the_code_alone(void **unused)
{
	(void)unused;
	check(250, "2.1.5 greylist rate limit cannot find your hostname",
	      REPLY_ACCEPTED);
	check(220, "", REPLY_ACCEPTED);
	check(354, "End data with <CR><LF>.<CR><LF>", REPLY_ACCEPTED);
	check(0, "", REPLY_NONE);
	check(550, "", REPLY_POLICY);
	check(450, "", REPLY_INCONCLUSIVE);
	check(421, "", REPLY_TOO_MANY);
	check(521, "", REPLY_POLICY);
	check(550, "5", REPLY_POLICY);
	check(550, "#", REPLY_POLICY);
	check(550, "#5.", REPLY_POLICY);
}

static void test_which_classes_are_of_the_identity(void **unused)
{
	static const char *const words[] = {
		"FCRDNS_FAIL", "PTR_MISSING", "NAME_UNRESOLVED",
		"HELO_IP_MISMATCH", "NAME_SYNTAX",
		"SENDER_DOMAIN_UNRESOLVED", "SPF",
	};
	size_t count = 0;

	(void)unused;
	for (int class = REPLY_NONE; class <= REPLY_INCONCLUSIVE; class++)
		if (reply_class_is_identity((enum reply_class)class))
			assert_string_equal(
				reply_class_text((enum reply_class)class),
				words[count++]);
	assert_int_equal(count, ARRAY_SIZE(words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_receivers_say),
		cmocka_unit_test(test_the_first_digit_is_the_receivers_choice),
		cmocka_unit_test(test_case_does_not_matter),
		cmocka_unit_test(test_acceptance_is_the_code_alone),
		cmocka_unit_test(test_which_classes_are_of_the_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
