/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The interface between masu-monitor and its launcher and clients.
 *
 * Start. The launcher, parent of the container's init, execs MONITOR_PROGRAM (argv[0] included)
 * with the options below, each "NAME", "VALUE" as two arguments. Descriptors are passed by number
 * and must not be close-on-exec; the monitor closes all others, 0 to 2 included. The launcher has
 * called setsid. The exit command inherits the environment, so it should have nothing that the
 * command does not need. A wrong command line is a fault of the launcher: one line on stderr, exit
 * status 125.
 *
 *   MONITOR_INIT_PID PID       the container's init, a child                      required
 *   MONITOR_INIT_PIDFD FD      of init, which is a child of the service manager   optional
 *   MONITOR_INIT_CHANNEL FD    init waits for its start, which a message here announces: masu-init(1)   optional
 *   MONITOR_NOTIFY FD, MONITOR_MANAGER FD
 *                              the container's NOTIFY_SOCKET, and a socket that is connected to the service
 *                              manager's, to which its messages go (notify.h)     optional
 *   MONITOR_CONTAINER_DIR FD   DATA/containers/ID: the log, exit.json             required
 *   MONITOR_RUN_DIR FD         RUN/sockets/ID: the attach socket                 required
 *   MONITOR_STDOUT FD          read end of the container's stdout                 no console
 *   MONITOR_STDERR FD          read end of its stderr                             no console
 *   MONITOR_CONSOLE FD         the pty's master; all of it is logged as stdout    instead of these
 *   MONITOR_STDIN FD           write end of its stdin, for attached clients       optional
 *   MONITOR_LOG DRIVER         a name of logs/driver.h                            "k8s-file"
 *   MONITOR_LOG_MAX_SIZE N     bytes after which the log is rotated; 0 is never   0
 *   MONITOR_LOG_MAX_FILES N    files kept, the current one included, 1 to 100     1
 *   MONITOR_LOG_TAG, MONITOR_ID, MONITOR_NAME, MONITOR_IMAGE TEXT
 *                              for the entries of a driver with has_tag           optional
 *   MONITOR_CGROUP FD          the container's cgroup, for its count of OOM kills optional
 *   MONITOR_STOP_SIGNAL N      sent to init when the monitor gets SIGTERM         15
 *   MONITOR_TIMEOUT SECONDS    after which the monitor kills the container        none
 *   MONITOR_CHECK PROGRAM      executed as PROGRAM container-check ID (timer.h)   no health check
 *   MONITOR_CHECK_INTERVAL N, MONITOR_CHECK_SOON N
 *                              milliseconds between checks                        with MONITOR_CHECK
 *   MONITOR_CHECK_BEGIN N      1: the first check comes after the interval, 2: soon  1
 *   MONITOR_KEEP FD[,FD...]    descriptors only held open until the end           optional
 *   MONITOR_EXIT_COMMAND PATH [ARG...]   must be last: executed, as PATH ARG..., at the end, and
 *                              inherits the descriptor of MONITOR_CONTAINER_DIR, with its lock
 *
 * The monitor sets O_NONBLOCK on stdin, stdout, stderr and console: an open file description that
 * the container shares (the same end, not the other end of the pipe) must not be passed.
 *
 * End. When init has exited the monitor reads the rest of the pipes (for at most MONITOR_DRAIN_MS if
 * another process holds them), closes the log, and replaces MONITOR_EXIT_FILE atomically, synced:
 *   {"exitCode":N,"signal":N,"oomKilled":BOOL,"finishedAt":"RFC 3339","logBytesLost":N}
 * exitCode is 128 + signal for a signal; only then "signal" exists. "terminated":true exists only if the
 * monitor got SIGTERM, as when the machine goes down: no policy restarts the container. "logBytesLost" exists only if
 * bytes could not be written to the log. If the container's directory cannot be written (a full disk),
 * the file is in the run directory instead: readers look in both. An ended container without the file
 * lost its monitor (its status is unknown, and reported as 137), or the machine went down.
 * If init is the manager's child, its status is read while it is a zombie, or from its pidfd (Linux 6.15). If it is not
 * known, no file is written: the manager alone has it.
 * A helper (slirp4netns, fuse-overlayfs: another child) that ends before init adds a line
 * "PID STATUS RFC3339\n" to MONITOR_HELPERS_FILE in the run directory; STATUS as exitCode above.
 */

#define MONITOR_PROGRAM	       "masu-monitor"

#define MONITOR_INIT_PID       "--init-pid"
#define MONITOR_CONTAINER_DIR  "--container-dir"
#define MONITOR_RUN_DIR	       "--run-dir"
#define MONITOR_READY	       "--ready" /* is closed when clients can attach */
#define MONITOR_STDOUT	       "--stdout"
#define MONITOR_STDERR	       "--stderr"
#define MONITOR_CONSOLE	       "--console"
#define MONITOR_STDIN	       "--stdin"
#define MONITOR_LOG	       "--log"
#define MONITOR_LOG_MAX_SIZE   "--log-max-size"
#define MONITOR_LOG_MAX_FILES  "--log-max-files"
#define MONITOR_LOG_TAG	       "--log-tag"
#define MONITOR_ID	       "--id"
#define MONITOR_NAME	       "--name"
#define MONITOR_IMAGE	       "--image"
#define MONITOR_CGROUP	       "--cgroup"
#define MONITOR_STOP_SIGNAL    "--stop-signal"
#define MONITOR_TIMEOUT	       "--timeout"
#define MONITOR_CHECK	       "--check"
#define MONITOR_CHECK_INTERVAL "--check-interval"
#define MONITOR_CHECK_SOON     "--check-soon"
#define MONITOR_CHECK_BEGIN    "--check-begin"
#define MONITOR_KEEP	       "--keep"
#define MONITOR_INIT_PIDFD     "--init-pidfd"
#define MONITOR_INIT_CHANNEL   "--init-channel"
#define MONITOR_NOTIFY	       "--notify"
#define MONITOR_MANAGER	       "--manager"
#define MONITOR_EXIT_COMMAND   "--exit-command"

#define MONITOR_EXIT_FILE      "exit.json"
#define MONITOR_HELPERS_FILE   "helpers-ended"
#define MONITOR_ATTACH_SOCKET  "attach"

#define MONITOR_DRAIN_MS       1000

/*
 * Attach. MONITOR_ATTACH_SOCKET is a SOCK_SEQPACKET socket of mode 0600; a peer that is neither the
 * monitor's user nor root is disconnected. One message is one packet: a type byte, then the payload of
 * at most MONITOR_PAYLOAD_MAX bytes. Up to MONITOR_CLIENTS_MAX clients get all output from the moment
 * they connect. A client that does not keep up does not hold the container: its output is dropped and
 * the number of bytes reported (MONITOR_MSG_LOST). The log is complete. Such a client may get end of
 * file without MONITOR_MSG_EXIT; exit.json exists before either.
 */
#define MONITOR_PAYLOAD_MAX 4096
#define MONITOR_CLIENTS_MAX 16

enum monitor_msg {
	/* from the monitor */
	MONITOR_MSG_STDOUT = '1', /* bytes of stdout or of the console */
	MONITOR_MSG_STDERR = '2', /* bytes of stderr */
	MONITOR_MSG_LOST = 'L',	  /* uint64_t, native order: bytes dropped at this place */
	MONITOR_MSG_EXIT = 'X',	  /* int32_t, native order: exitCode; the last */
	/* from a client */
	MONITOR_MSG_STDIN = 'i',       /* bytes for stdin or the console */
	MONITOR_MSG_STDIN_CLOSE = 'c', /* end-of-file on stdin; nothing on a console */
	MONITOR_MSG_WINSIZE = 'w',     /* struct winsize, for the console */
};
