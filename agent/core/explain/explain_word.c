/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain_word.h"

#include <ctype.h>
#include <errno.h>

#include "base/wrap.h"
#include "core/event/event_text.h"
#include "core/explain/example.h"
#include "core/explain/explain.h"
#include "core/explain/explain_event.h"
#include "core/explain/explain_parts.h"
#include "core/explain/meaning.h"
#include "core/explain/other_word.h"
#include "core/verdict/verdict_table.h"
#include "core/verdict/words.h"

#define WORD_MAX 64

static void put_example(enum reason_class class, struct buf *out)
{
	struct verdict verdict;
	BUF_CLEAN line;

	buf_init(&line);
	example_of_class(class, &verdict);
	buf_puts(&line, "An example, for ");
	verdict_identity_text(&verdict.identity, &line);
	buf_puts(&line, ":");
	buf_puts(out, "\n");
	wrap_text(out, "  ", "  ", line.data);
	explain_evidence(&verdict, verdict.reasons, out);
	explain_to_do(&verdict, verdict.reasons, out);
	verdict_done(&verdict);
}

static unsigned int count_reasons(const struct verdict *verdict,
				  enum reason_class class)
{
	unsigned int count = 0;

	for (size_t i = 0; verdict && i < verdict->reason_count; i++)
		count += verdict->reasons[i].class == class;
	return count;
}

/* Their sentences differ; what to do does not, but for the family. */
static void put_reasons(const struct verdict *verdict, enum reason_class class,
			struct buf *out)
{
	sa_family_t told[2] = { AF_UNSPEC, AF_UNSPEC };
	unsigned int count = 0;
	BUF_CLEAN line;

	buf_init(&line);
	for (size_t i = 0; i < verdict->reason_count; i++) {
		const struct reason *reason = &verdict->reasons[i];

		if (reason->class != class)
			continue;
		line.len = 0;
		verdict_reason_text(reason, &line);
		buf_puts(out, "\n");
		wrap_text(out, "  - ", "    ", line.data);
		if (count && (reason->family == told[0] ||
			      reason->family == told[1]))
			continue;
		told[count++ % 2] = reason->family;
		explain_evidence(verdict, reason, out);
		explain_to_do(verdict, reason, out);
	}
}

static void put_class(enum reason_class class, const struct verdict *verdict,
		      struct buf *out)
{
	buf_printf(out, "%s\n\n", reason_class_text(class));
	wrap_text(out, "  ", "  ", reason_meaning(class));
	if (count_reasons(verdict, class)) {
		explain_made(verdict, "has it:", out);
		put_reasons(verdict, class, out);
		return;
	}
	if (verdict)
		explain_made(verdict, "does not have it.", out);
	put_example(class, out);
}

/* The observations whose reply is of that class. */
static void put_replies(const struct verdict *verdict, enum reply_class class,
			struct buf *out)
{
	unsigned int count = 0;
	BUF_CLEAN line;

	buf_init(&line);
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->class != class)
			continue;
		if (!count++)
			explain_made(verdict, "has it:", out);
		line.len = 0;
		verdict_evidence_text(obs, &line);
		wrap_text(out, "    ", "      ", line.data);
	}
	if (!count)
		explain_made(verdict, "does not have it.", out);
}

static void put_other(const struct other_word *word,
		      const struct verdict *verdict, struct buf *out)
{
	buf_printf(out, "%s\n\n", word->word);
	wrap_text(out, "  ", "  ", word->meaning);
	buf_puts(out, "\n  How it is seen:\n");
	wrap_text(out, "    ", "    ", word->shows);
	if (verdict && word->class != REPLY_NONE)
		put_replies(verdict, word->class, out);
	buf_puts(out, "\n  To do:\n");
	wrap_text(out, "    ", "    ", word->cure);
}

int explain_word(struct span word, const struct verdict *verdict,
		 struct buf *out)
{
	const struct other_word *other;
	enum event_number number;
	enum reason_class class;
	char text[WORD_MAX];
	struct span upper = { text, word.len };

	if (word.len >= sizeof(text))
		return -EINVAL;
	for (size_t i = 0; i < word.len; i++)
		text[i] = (char)toupper((unsigned char)word.p[i]);
	other = other_word_find(upper);
	if (other)
		put_other(other, verdict, out);
	else if (!event_number_parse(upper, &number))
		explain_event(number, verdict, out);
	else if (!reason_class_parse(upper, &class))
		put_class(class, verdict, out);
	else
		return -EINVAL;
	return 0;
}

void explain_words(const char *between, struct buf *out)
{
	for (size_t i = 0; i < EVENT_COUNT; i++)
		buf_printf(out, "%s%d", i ? between : "",
			   (int)event_numbers[i]);
	for (enum reason_class i = REASON_NAME_UNRESOLVED;
	     i <= REASON_NO_ANSWER; i++)
		buf_printf(out, "%s%s", between, reason_class_text(i));
	for (size_t i = 0; i < OTHER_WORDS; i++)
		buf_printf(out, "%s%s", between, other_words[i].word);
}
