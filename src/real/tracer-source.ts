/**
 * The tracer, in C: starts a program, stops at every system call of every thread and child (ptrace(2), as strace does), and
 * writes one JSON event per recorded call. The program's own events are calls of a number that no kernel has.
 *
 * What can go wrong: the order. A new thread is held until its creator has left clone, a forked child until the parent has said
 * that it waits; otherwise the two would race for the next line. A process that is ending says nothing more: what its other threads
 * still say while the kernel ends them would come after its end.
 */

import { tracerWords } from './tracer-words-source.js';

/** A system call number that Linux does not have: the marker by which the program says an event. */
export const markerCall = 0x1e57;
/** Register values that tell the program's calls from libc's. */
export const markerMagic = '0x5245414c4d41524bul';

export const tracerSource = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <elf.h>

typedef unsigned long long u64;
#define MARK ${markerCall}
#define MAGIC ${markerMagic}

struct task {
  int tid, t, tgid, live;
  int first;        /* its first stop is yet to come */
  int waiting;      /* must not run yet */
  int held;         /* stopped because of that */
  u64 nr, a[6];
  int forks;        /* child index that waits for this task's fork.wait */
  int told;         /* its clone has been said: a vfork child ends before its parent leaves the call */
};
static struct task tasks[256];
static int ntasks, next_t = 1;

static int ending[256], nending;
static int ends (int tgid) { for (int i = 0; i < nending; i++) if (ending[i] == tgid) return 1; return 0; }
static void end_of (int tgid) { if (nending < 256) ending[nending++] = tgid; }

${tracerWords}
static struct task *find (int tid) {
  for (int i = ntasks - 1; i >= 0; i--) if (tasks[i].tid == tid && tasks[i].live) return &tasks[i];
  return 0;
}
static struct task *add (int tid) {
  if (ntasks == 256) { fprintf (stderr, "too many tasks\n"); exit (3); }
  struct task *k = &tasks[ntasks++];
  memset (k, 0, sizeof *k);
  k->tid = tid; k->live = 1; k->forks = -1; k->nr = -1;
  return k;
}
static int number (struct task *k) { if (!k->t) k->t = next_t++; return k->t; }

static void resume (struct task *k, int sig) { ptrace (PTRACE_SYSCALL, k->tid, 0, (long) sig); }
static void release (int i) {
  if (i < 0) return;
  struct task *k = &tasks[i];
  k->waiting = 0;
  if (k->held) { k->held = 0; resume (k, 0); }
}
static void chunk (struct task *k, const char *kind, char *buf, size_t n) {
  last_event = now ();
  fprintf (out, "{\"t\":%d,\"obj\":\"process\",\"kind\":\"%s\",\"detail\":", number (k), kind);
  quoted (buf, n);
  fputs ("}\n", out);
}
static void wrote (struct task *k) {
  static char buf[8192];
  size_t n = 0;
  if (k->a[0] != 1 && k->a[0] != 2) return;
  if (k->nr == SYS_write) {
    n = k->a[2] > 8000 ? 8000 : k->a[2];
    if (peek (k->tid, k->a[1], buf, n) != (long) n) return;
  } else {
    struct iovec v[16];
    size_t c = k->a[2] > 16 ? 16 : k->a[2];
    if (peek (k->tid, k->a[1], v, c * sizeof v[0]) < 0) return;
    for (size_t i = 0; i < c; i++) {
      size_t m = v[i].iov_len; if (n + m > 8000) m = 8000 - n;
      if (m && peek (k->tid, (u64) v[i].iov_base, buf + n, m) == (long) m) n += m;
    }
  }
  chunk (k, k->a[0] == 1 ? "stdout" : "stderr", buf, n);
}
static void entry (struct task *k) {
  char b[32];
  if (ends (k->tgid)) return;
  if (k->nr == MARK && k->a[5] == MAGIC) {
    char obj[64], kind[64], detail[1024] = "", result[1024] = "";
    text (k->tid, k->a[0], obj, sizeof obj);
    text (k->tid, k->a[2], kind, sizeof kind);
    if (k->a[3]) text (k->tid, k->a[3], detail, sizeof detail);
    if (k->a[4]) text (k->tid, k->a[4], result, sizeof result);
    int t = number (k);
    event (t, obj, instance (k->tid, k->a[1], obj), kind, detail, result);
    if (!strcmp (kind, "fork.wait")) { int f = k->forks; k->forks = -1; release (f); }
  } else if (k->nr == SYS_exit) {
    snprintf (b, 32, "%d", (int) k->a[0]);
    event (number (k), "libc", 0, "exit_thread", 0, b);
  } else if (k->nr == SYS_exit_group) {
    snprintf (b, 32, "%d", (int) k->a[0]);
    event (number (k), "libc", 0, "exit_group", 0, b);
    end_of (k->tgid);
    if (k->forks >= 0) { int f = k->forks; k->forks = -1; release (f); }
  } else if (k->nr == SYS_write || k->nr == SYS_writev) wrote (k);
}
static int reg_r8 (struct task *k, u64 *r8, u64 *r9) { *r8 = k->a[4]; *r9 = k->a[5]; return 1; }
static void cloned (struct task *k, struct task *c, const char *detail) {
  int t = number (k);
  char res[16];
  snprintf (res, 16, "T%d", number (c));
  event (t, "libc", 0, "clone", detail, res);
}
static void leave (struct task *k, long r) {
  char b[128];
  if (ends (k->tgid)) return;
  /* A filter that kills rolls the call back: its number stands where a result would, and the call was never made. */
  if (k->nr == SYS_rseq && r == SYS_rseq) return;
  if (k->nr == SYS_rseq) {
    u64 r8, r9, d[3];
    reg_r8 (k, &r8, &r9);
    char obj[64] = "libc", area[64] = "libc";
    int inst = 0;
    if (r8 == MAGIC && peek (k->tid, r9, d, sizeof d) == sizeof d) {
      text (k->tid, d[0], obj, sizeof obj);
      text (k->tid, d[2], area, sizeof area);
      inst = instance (k->tid, d[1], obj);
    }
    snprintf (b, 128, "%s %s len=%u sig=0x%x", k->a[2] & 1 ? "unregister" : "register", area, (unsigned) k->a[1], (unsigned) k->a[3]);
    event (number (k), obj, inst, "rseq", b, errname (r));
  } else if (k->nr == SYS_set_tid_address) event (number (k), "libc", 0, "set_tid_address", 0, "ok");
  else if (k->nr == SYS_set_robust_list) event (number (k), "libc", 0, "set_robust_list", 0, r == 0 ? "ok" : errname (r));
  else if (k->nr == SYS_clone || k->nr == SYS_clone3 || k->nr == SYS_fork || k->nr == SYS_vfork) {
    const char *name = k->nr == SYS_clone ? "clone" : k->nr == SYS_clone3 ? "clone3" : k->nr == SYS_fork ? "fork" : "vfork";
    if (r < 0) { snprintf (b, 128, "%s", name); event (number (k), "libc", 0, "clone", b, errname (r)); return; }
    struct task *c = find ((int) r);
    if (!c || c->told) return;
    snprintf (b, 128, "%s %s", name, c->tgid == k->tgid ? "thread" : "fork");
    cloned (k, c, b);
    if (c->tgid == k->tgid) release (c - tasks);
    else k->forks = c - tasks;
  }
}
static volatile int alarmed;
static void on_alarm (int s) { (void) s; alarmed = 1; }

int main (int argc, char **argv) {
  /* tracer OUT IDLE_MS COUNT variable... program argument... */
  if (argc < 5) return 2;
  int nenv = atoi (argv[3]);
  char *vars[64] = { 0 };
  if (nenv > 60 || argc < 5 + nenv) return 2;
  for (int i = 0; i < nenv; i++) vars[i] = argv[4 + i];
  char **command = argv + 4 + nenv;
  out = fopen (argv[1], "we");
  double idle = atof (argv[2]) / 1000;
  if (!out) return 2;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  int pid = fork ();
  if (pid == 0) {
    int null = open ("/dev/null", O_RDWR);
    dup2 (null, 0); dup2 (null, 1); dup2 (null, 2); if (null > 2) close (null);
    struct rlimit none = { 0, 0 }; setrlimit (RLIMIT_CORE, &none);
    struct rlimit cpu = { 20, 20 }; setrlimit (RLIMIT_CPU, &cpu);
    struct rlimit as = { 8ul << 30, 8ul << 30 }; setrlimit (RLIMIT_AS, &as);
    struct rlimit files = { 64ul << 20, 64ul << 20 }; setrlimit (RLIMIT_FSIZE, &files);
    ptrace (PTRACE_TRACEME, 0, 0, 0);
    raise (SIGSTOP);
    execve (command[0], command, vars);
    _exit (126);
  }
  int st;
  waitpid (pid, &st, 0);
  if (!WIFSTOPPED (st)) return 2;
  ptrace (PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
  struct task *m = add (pid);
  m->tgid = pid; number (m);
  int started = 0;
  struct sigaction sa = { .sa_handler = on_alarm };
  sigaction (SIGALRM, &sa, 0);
  struct itimerval it = { { 0, 50000 }, { 0, 50000 } };
  setitimer (ITIMER_REAL, &it, 0);
  last_event = now ();
  double begin = last_event;
  resume (m, 0);
  for (;;) {
    int w = waitpid (-1, &st, __WALL);
    if (w < 0) {
      if (errno == EINTR) {
        double n = now ();
        if (n - last_event > idle || n - begin > 30) {
          event (1, "process", 0, "end", 0, "timeout");
          for (int i = 0; i < ntasks; i++) if (tasks[i].live) kill (tasks[i].tgid, SIGKILL);
          fclose (out);
          return 0;
        }
        continue;
      }
      break;
    }
    struct task *k = find (w);
    if (WIFEXITED (st) || WIFSIGNALED (st)) {
      if (!k) continue;
      k->live = 0;
      if (k->forks >= 0) { int f = k->forks; k->forks = -1; release (f); }
      if (w == pid) {
        char b[40];
        if (WIFEXITED (st)) snprintf (b, 40, "exit %d", WEXITSTATUS (st)); else snprintf (b, 40, "signal %s", signame (WTERMSIG (st)));
        event (1, "process", 0, "end", 0, b);
        for (int i = 0; i < ntasks; i++) if (tasks[i].live && tasks[i].tgid != pid) kill (tasks[i].tgid, SIGKILL);
        fclose (out);
        return 0;
      }
      if (WIFSIGNALED (st) && k->tid == k->tgid) event (number (k), "process", 0, "killed", 0, signame (WTERMSIG (st)));
      continue;
    }
    if (nevents > 5000) {
      event (1, "process", 0, "end", 0, "too many events");
      for (int i = 0; i < ntasks; i++) if (tasks[i].live) kill (tasks[i].tgid, SIGKILL);
      fclose (out);
      return 0;
    }
    if (!WIFSTOPPED (st)) continue;
    int sig = WSTOPSIG (st), ev = st >> 16;
    if (!k) { k = add (w); k->waiting = k->held = 1; continue; }
    if (k->first && sig == SIGSTOP) {
      k->first = 0;
      if (k->waiting) k->held = 1; else resume (k, 0);
      continue;
    }
    if (ev == PTRACE_EVENT_CLONE || ev == PTRACE_EVENT_FORK || ev == PTRACE_EVENT_VFORK) {
      unsigned long child = 0;
      ptrace (PTRACE_GETEVENTMSG, w, 0, &child);
      struct task *c = find ((int) child);
      if (!c) { c = add ((int) child); c->first = c->waiting = 1; }
      c->tgid = ev == PTRACE_EVENT_CLONE ? k->tgid : (int) child;
      if (ev == PTRACE_EVENT_VFORK) {
        c->told = 1;
        cloned (k, c, "clone vfork");
        release (c - tasks);
      }
      resume (k, 0);
      continue;
    }
    if (ev == PTRACE_EVENT_EXEC) { started = 1; resume (k, 0); continue; }
    if (sig == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info { unsigned char op; unsigned char pad[3]; unsigned arch; u64 ip, sp; union { struct { u64 nr; u64 args[6]; } entry; struct { long long rval; unsigned char is_error; } exit; }; } si;
      if (started && ptrace (PTRACE_GET_SYSCALL_INFO, w, sizeof si, &si) > 0) {
        if (si.op == 1) { k->nr = si.entry.nr; memcpy (k->a, si.entry.args, sizeof k->a); entry (k); }
        else if (si.op == 2) { if (k->nr != (u64) -1) leave (k, si.exit.rval); k->nr = -2; }
      }
      resume (k, 0);
      continue;
    }
    if (ev) { resume (k, 0); continue; }
    if (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGABRT || sig == SIGSYS || sig == SIGTRAP) {
      siginfo_t si;
      memset (&si, 0, sizeof si);
      ptrace (PTRACE_GETSIGINFO, w, 0, &si);
      char c[32]; snprintf (c, 32, "%s", code (&si));
      if (!ends (k->tgid)) event (number (k), "process", 0, "signal", c, signame (sig));
      end_of (k->tgid);
      if (k->forks >= 0) { int f = k->forks; k->forks = -1; release (f); }
    }
    resume (k, sig);
  }
  fclose (out);
  return 0;
}
`;
