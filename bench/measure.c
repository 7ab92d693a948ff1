/*
 * measure [-n NETNS] [-f INTERFACE] -- COMMAND…: runs a command, and prints what it took as one line of JSON.
 *
 * Time is CLOCK_MONOTONIC from before fork(2) to after wait4(2); processor time and peak memory are wait4's own, of the command
 * and of every child that it waited for (the peak is that of the largest one). Entering the namespace is not in the time. This
 * is a program of its own because a child starts with the peak of whoever forked it, and this one has hardly any.
 *
 * With -f the interface's counter of sent frames is read every 100 µs, which costs a part of another core: how many frames went
 * out, and how long it took from before the first to after the last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_NS = 100000 };

static void fail(const char *doing, const char *what) {
  fprintf(stderr, "measure: %s %s: %s\n", doing, what, strerror(errno));
  exit(125);
}

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void enter(const char *netns) {
  int fd = open(netns, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("Open", netns);
  if (setns(fd, CLONE_NEWNET) < 0) fail("Enter", netns);
  close(fd);
}

/* Frames sent on an interface. /proc/net/dev is that of the namespace in which it was opened; sysfs would have to be mounted. */
static long long frames_sent(int fd, const char *interface) {
  static char text[1 << 16];
  ssize_t length = pread(fd, text, sizeof text - 1, 0);
  if (length < 0) fail("Read", "/proc/self/net/dev");
  text[length] = '\0';
  size_t name = strlen(interface);
  for (char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += strspn(line, " \n");
    if (strncmp(line, interface, name) != 0 || line[name] != ':') continue;
    long long sent = 0;
    sscanf(line + name + 1, "%*d %*d %*d %*d %*d %*d %*d %*d %*d %lld", &sent);
    return sent;
  }
  errno = ENODEV;
  fail("Count the frames of", interface);
  return 0;
}

struct sending {
  long long frames;
  long long ns;
};

/* Waits for the child and watches the counter meanwhile. */
static int watch(pid_t child, const char *interface, struct rusage *usage, long long *ended, struct sending *sending) {
  int fd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("Open", "/proc/self/net/dev");
  prctl(PR_SET_TIMERSLACK, 1UL);
  long long before = frames_sent(fd, interface), seen = before, first = now(), last = first;
  for (int status, over = 0; !over;) {
    pid_t pid = wait4(child, &status, WNOHANG, usage);
    if (pid < 0) fail("Wait for", "the command");
    over = pid == child;
    if (over) *ended = now();
    long long sent = frames_sent(fd, interface), at = now();
    if (sent == before) first = at;
    if (sent != seen) last = at;
    seen = sent;
    if (over) {
      *sending = (struct sending){seen - before, last - first};
      return status;
    }
    nanosleep(&(struct timespec){0, POLL_NS}, NULL);
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *netns = NULL, *interface = NULL;
  for (int option; (option = getopt(argc, argv, "+n:f:")) != -1;) {
    if (option == 'n') netns = optarg;
    else if (option == 'f') interface = optarg;
    else return 125;
  }
  if (optind >= argc) return 125;
  if (netns != NULL) enter(netns);

  long long started = now();
  pid_t child = fork();
  if (child < 0) fail("Fork for", argv[optind]);
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    execvp(argv[optind], argv + optind);
    fail("Run", argv[optind]);
  }
  struct rusage usage;
  struct sending sending = {0, 0};
  long long ended;
  int status;
  if (interface != NULL) {
    status = watch(child, interface, &usage, &ended, &sending);
  } else {
    if (wait4(child, &status, 0, &usage) < 0) fail("Wait for", argv[optind]);
    ended = now();
  }
  printf("{\"exitCode\":%d,\"wallMs\":%.6f,\"cpuMs\":%.3f,\"peakKb\":%ld,\"frames\":%lld,\"sendingMs\":%.6f}\n",
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), (ended - started) / 1e6,
         usage.ru_utime.tv_sec * 1e3 + usage.ru_utime.tv_usec / 1e3 + usage.ru_stime.tv_sec * 1e3 + usage.ru_stime.tv_usec / 1e3,
         usage.ru_maxrss, sending.frames, sending.ns / 1e6);
  return 0;
}
