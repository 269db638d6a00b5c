/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* xterm's control sequences, which all terminals in use know. Lines that are
 * too long for it are not wrapped: one that has wide characters would push the
 * others down. */
#define BEGIN "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[J"
#define END "\x1b[?7h\x1b[?25h\x1b[?1049l"

int terminal_open(struct terminal *ret, struct why *why)
{
	struct terminal terminal = { STDOUT_FILENO, -1, { 0 } };
	struct termios raw;
	int r;

	if (tcgetattr(STDOUT_FILENO, &terminal.before) < 0) {
		r = -errno;
		why_set(why, "standard output is no terminal");
		return r;
	}
	if (isatty(STDIN_FILENO))
		terminal.in = STDIN_FILENO;
	raw = terminal.before;
	/* One that is stopped would keep us from ending. */
	raw.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDOUT_FILENO, TCSADRAIN, &raw) < 0) {
		r = -errno;
		why_set(why, "cannot set the terminal: %s", strerror(-r));
		return r;
	}
	r = terminal_put(&terminal, BEGIN, strlen(BEGIN));
	if (r < 0) {
		terminal_close(&terminal);
		why_set(why, "cannot write to the terminal: %s", strerror(-r));
		return r;
	}
	*ret = terminal;
	return 0;
}

void terminal_size(const struct terminal *terminal, unsigned int *ret_rows,
		   unsigned int *ret_columns)
{
	struct winsize size = { 0 };

	if (ioctl(terminal->out, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	*ret_rows = size.ws_row ? size.ws_row : 24;
	*ret_columns = size.ws_col ? size.ws_col : 80;
}

int terminal_put(const struct terminal *terminal, const char *bytes,
		 size_t len)
{
	while (len) {
		ssize_t n = write(terminal->out, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* Another process has made it so. */
		if (n < 0 && errno == EAGAIN) {
			(void)poll(&(struct pollfd){ terminal->out, POLLOUT,
						     0 }, 1, -1);
			continue;
		}
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

void terminal_close(const struct terminal *terminal)
{
	(void)terminal_put(terminal, END, strlen(END));
	(void)tcsetattr(terminal->out, TCSADRAIN, &terminal->before);
}
