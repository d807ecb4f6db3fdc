/**
 * The shim, in C, that keeps a compiler, assembler or linker ready: preloaded into the tool, it takes the place of main, and for each
 * errand it forks the tool as it stands after start-up and lets it run. Starting a tool again costs more than most of its errands.
 *
 * What can go wrong: state shared between errands. Each runs in a child of its own, before main was ever called in the parent.
 */

/** Most errands that one tool is sent at a time. */
export const ERRANDS_MAX = 64;
/** Bytes of an errand's head (number, length of its text, seconds allowed) and of an answer's (number, status, length of its words). */
export const HEAD = 12;

export const standbySource = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*entry) (int, char **, char **);
static entry tool;
static struct { int pid, errand, said; } running[${ERRANDS_MAX}];

static int all (int fd, void *to, size_t n) {
  for (size_t i = 0; i < n;) {
    ssize_t r = read (fd, (char *) to + i, n - i);
    if (r <= 0) return 0;
    i += r;
  }
  return 1;
}
/* Says how an errand ended, and the first words of what it said on standard error. */
static void answer (int i, int st) {
  static char text[${HEAD} + 4096];
  int status = WIFEXITED (st) ? WEXITSTATUS (st) : 128 + WTERMSIG (st);
  int n = pread (running[i].said, text + ${HEAD}, 4096, 0);
  if (n < 0) n = 0;
  memcpy (text, &running[i].errand, 4);
  memcpy (text + 4, &status, 4);
  memcpy (text + 8, &n, 4);
  if (write (1, text, ${HEAD} + n) < 0) _exit (1);
  close (running[i].said);
  running[i].pid = 0;
}
/* In the child: the folder to be in, then the tool's words; every one ends with a zero byte. */
static int run (char *text, int length, int said, char **env) {
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC), n = 0;
  dup2 (null, 0); dup2 (null, 1); dup2 (said, 2);
  for (int i = 0; i < length; i++) n += !text[i];
  char **words = calloc (n + 1, sizeof *words);
  for (int i = 0; i < n; i++, text += strlen (text) + 1) words[i] = text;
  if (chdir (words[0])) _exit (127);
  return tool (n - 1, words + 1, env);
}
static int serve (int argc, char **argv, char **env) {
  /* A script's interpreter has words of its own: it is not held. */
  if (argc > 1) _exit (127);
  sigset_t child, old;
  sigemptyset (&child); sigaddset (&child, SIGCHLD); sigprocmask (SIG_BLOCK, &child, &old);
  struct pollfd fds[2] = { { 0, POLLIN, 0 }, { signalfd (-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0 } };
  for (;;) {
    if (poll (fds, 2, -1) < 0) continue;
    if (fds[1].revents) {
      struct signalfd_siginfo si;
      int st, pid;
      while (read (fds[1].fd, &si, sizeof si) > 0) ;
      while ((pid = waitpid (-1, &st, WNOHANG)) > 0)
        for (int i = 0; i < ${ERRANDS_MAX}; i++) if (running[i].pid == pid) answer (i, st);
    }
    if (!fds[0].revents) continue;
    int head[3], slot = 0;
    if (!all (0, head, sizeof head)) _exit (0);
    char *text = malloc (head[1]);
    if (!text || !all (0, text, head[1])) _exit (0);
    while (running[slot].pid) if (++slot == ${ERRANDS_MAX}) _exit (1);
    running[slot].errand = head[0];
    running[slot].said = memfd_create ("said", MFD_CLOEXEC);
    running[slot].pid = fork ();
    if (running[slot].pid == 0) {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      sigprocmask (SIG_SETMASK, &old, 0);
      alarm (head[2]);
      return run (text, head[1], running[slot].said, env);
    }
    if (running[slot].pid < 0) answer (slot, 0x7f00);
    free (text);
  }
}
int __libc_start_main (entry main, int argc, char **argv, void (*init) (void), void (*fini) (void), void (*rtld_fini) (void), void *end) {
  int (*start) (entry, int, char **, void (*) (void), void (*) (void), void (*) (void), void *) = dlsym (RTLD_NEXT, "__libc_start_main");
  unsetenv ("LD_PRELOAD");
  tool = main;
  return start (serve, argc, argv, init, fini, rtld_fini, end);
}
`;
