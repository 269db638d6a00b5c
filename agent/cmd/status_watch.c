/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/status_watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/screen.h"
#include "base/timetext.h"
#include "cmd/command.h"
#include "cmd/status_look.h"
#include "core/status/status_text.h"
#include "io/guard_files.h"
#include "io/terminal.h"

#define DRAW_EVERY_MS 1000
#define DRAW_GAP_MS 100		/* files that change all the time */

enum source { SOURCE_SIGNAL, SOURCE_FILES, SOURCE_KEYS, SOURCES };

struct watch {
	const struct instance *only;
	struct terminal terminal;
	struct pollfd fds[SOURCES];
	char *shown;			/* what the terminal has */
	int64_t drawn_ms;
	int64_t draw_ms;		/* when the next is due */
	enum verdict_status status;
	bool over;
};

/* Files are replaced, so folders are watched. One that is not there yet is
 * found by the next look, as is what this misses. */
static void watch_folder(int fd, const char *path)
{
	(void)inotify_add_watch(fd, path, IN_MOVED_TO | IN_CREATE | IN_DELETE |
				IN_ONLYDIR | IN_DONT_FOLLOW);
}

static void watch_files(const struct watch *watch,
			const struct status_look *look)
{
	int fd = watch->fds[SOURCE_FILES].fd;

	watch_folder(fd, STATE_ROOT);
	watch_folder(fd, GUARD_ROOT);
	for (size_t i = 0; i < look->list.count; i++) {
		struct instance instance;
		struct guard_files files;

		if (instance_init(look->list.items[i].id, &instance, NULL) < 0)
			continue;
		guard_files_of(&instance, &files);
		watch_folder(fd, instance.dir);
		watch_folder(fd, files.dir);
		watch_folder(fd, files.live);
	}
}

static void put_head(struct buf *out)
{
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, sizeof(host) - 1);
	buf_printf(out, "\x1b[1mbindback status on %s\x1b[0m, %s; "
		   "q ends it\n\n", host, time_text(clock_wall_s()).s);
}

static void put_all(struct watch *watch, struct buf *out)
{
	struct why why = { "" };
	struct status_look look;

	put_head(out);
	watch->status = VERDICT_UNKNOWN;
	if (status_look(watch->only, &look, &why) < 0) {
		buf_printf(out, "%s\n", why.text);
		return;
	}
	status_text_print_all(&look.list, true, out);
	watch->status = status_judge_all(&look.list);
	watch_files(watch, &look);
	status_look_done(&look);
}

static void draw(struct watch *watch)
{
	unsigned int rows, columns;
	BUF_CLEAN text;
	BUF_CLEAN frame;

	buf_init(&text);
	buf_init(&frame);
	put_all(watch, &text);
	terminal_size(&watch->terminal, &rows, &columns);
	screen_draw(text.data, rows, columns, &frame);
	watch->drawn_ms = clock_ms();
	watch->draw_ms = watch->drawn_ms + DRAW_EVERY_MS;
	if (watch->shown && !strcmp(watch->shown, frame.data))
		return;
	if (terminal_put(&watch->terminal, frame.data, frame.len) < 0)
		watch->over = true;
	free(watch->shown);
	watch->shown = buf_steal(&frame);
}

static void draw_soon(struct watch *watch, int64_t gap_ms)
{
	if (watch->draw_ms > watch->drawn_ms + gap_ms)
		watch->draw_ms = watch->drawn_ms + gap_ms;
}

/* Stop as the shell wants it, with its terminal as it was. */
static void suspend(struct watch *watch)
{
	terminal_close(&watch->terminal);
	(void)kill(getpid(), SIGSTOP);
	if (terminal_open(&watch->terminal, NULL) < 0)
		watch->over = true;
	free(watch->shown);
	watch->shown = NULL;
	draw_soon(watch, 0);
}

static void take_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->fds[SOURCE_SIGNAL].fd, &info, sizeof(info)) !=
	    (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP) {
		suspend(watch);
	} else if (info.ssi_signo == SIGWINCH) {
		free(watch->shown);
		watch->shown = NULL;
		draw_soon(watch, 0);
	} else {
		watch->over = true;
	}
}

static void take_files(struct watch *watch)
{
	char events[4096];

	while (read(watch->fds[SOURCE_FILES].fd, events, sizeof(events)) > 0)
		draw_soon(watch, DRAW_GAP_MS);
}

static void take_keys(struct watch *watch)
{
	char keys[64];
	ssize_t len = read(watch->fds[SOURCE_KEYS].fd, keys, sizeof(keys));

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* The terminal has gone. */
	if (len <= 0 || memchr(keys, 'q', (size_t)len) ||
	    memchr(keys, 'Q', (size_t)len))
		watch->over = true;
}

static void wait_and_take(struct watch *watch)
{
	static void (*const takes[SOURCES])(struct watch *watch) = {
		[SOURCE_SIGNAL] = take_signal,
		[SOURCE_FILES] = take_files,
		[SOURCE_KEYS] = take_keys,
	};
	int64_t wait_ms = watch->draw_ms - clock_ms();

	if (poll(watch->fds, SOURCES, wait_ms > 0 ? (int)wait_ms : 0) <= 0)
		return;
	for (enum source i = SOURCE_SIGNAL; i < SOURCES && !watch->over; i++)
		if (watch->fds[i].revents)
			takes[i](watch);
}

static int signals_open(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP,
	};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run(struct watch *watch)
{
	while (!watch->over) {
		if (clock_ms() >= watch->draw_ms)
			draw(watch);
		else
			wait_and_take(watch);
	}
}

int status_watch(const char *command, const struct instance *only)
{
	struct watch watch = { .only = only, .status = VERDICT_UNKNOWN };
	FD_CLEAN int signals = signals_open();
	FD_CLEAN int files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct why why = { "" };

	if (signals < 0 || files < 0) {
		why_set(&why, "cannot wait for signals and files: %s",
			strerror(errno));
		return command_failed(command, &why);
	}
	if (terminal_open(&watch.terminal, &why) < 0)
		return command_usage(command, "--watch: %s", why.text);
	watch.fds[SOURCE_SIGNAL] = (struct pollfd){ signals, POLLIN, 0 };
	watch.fds[SOURCE_FILES] = (struct pollfd){ files, POLLIN, 0 };
	watch.fds[SOURCE_KEYS] =
		(struct pollfd){ watch.terminal.in, POLLIN, 0 };
	run(&watch);
	terminal_close(&watch.terminal);
	free(watch.shown);
	return (int)watch.status;
}
