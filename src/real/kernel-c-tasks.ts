/**
 * The tasks of a played script, in C: what each operation does, and how children and new images come to be. It stands for the
 * program that made the recordings of real kernels; the operations are those of `src/kernel/script-format.ts`.
 *
 * What can go wrong: a context switch that nobody asked for, which a busy machine gives at any time. Each task counts its own
 * switches (getrusage) and says when there were some where none was due; such a run is played again. And a child that runs
 * before its creator has blocked: it waits, which is a switch after a switch, and changes nothing.
 */
import { cloneKinds, filterActions, protections, segvModes } from '../kernel/script-format.js';

/** The operations, in the order of the driver's numbers. */
export const driverOperations = [
  'rseq',
  'poke',
  'munmap',
  'remap',
  'mprotect',
  'sleep',
  'yield',
  'pin',
  'signal',
  'segvh',
  'getcpu',
  'cs',
  'query',
  'seccomp',
  'clone',
  'exec',
  'execfail',
  'nop',
] as const;

/** The CPU that every image starts on. */
export const homeCpu = 1;

const protection = { none: 'PROT_NONE', r: 'PROT_READ', rw: 'PROT_READ | PROT_WRITE' } as const;
const filterErrno = { ENOSYS: 'ENOSYS', EPERM: 'EPERM', EACCES: 'EACCES', KILL: '0' } as const;

export const tasksSource = `
enum { ${driverOperations.map((name) => `OP_${name}`).join(', ')} };
enum { ${cloneKinds.map((kind) => `CLONE_${kind}`).join(', ')} };
enum { ${segvModes.map((mode) => `SEGV_${mode}`).join(', ')} };

static char stacks[2 * DEPTH][32768] __attribute__ ((aligned (64)));
static char *stack_top (u32 n) { return stacks[n] + sizeof stacks[n]; }

static volatile int handled;         /* SIGUSR1 handlers that ran in this address space */
static volatile int alarmed;
static volatile int alarm_event;

static void on_usr1 (int sig) { (void) sig; handled++; }
static void on_alarm (int sig, siginfo_t *info, void *context) {
  (void) sig; (void) info;
  addr ip = ((ucontext_t *) context)->uc_mcontext.gregs[REG_RIP];
  if (!within (ip, EVENT_alarm) && ip != abort_of (EVENT_alarm)) S->disturbed++;
  alarmed = 1;
}
static void on_segv_exit (int sig) { (void) sig; __atomic_add_fetch (&S->segv_runs, 1, __ATOMIC_SEQ_CST); syscall (SYS_exit_group, 77); }
static void on_segv_return (int sig) {
  (void) sig;
  if (__atomic_add_fetch (&S->segv_runs, 1, __ATOMIC_SEQ_CST) > 3) syscall (SYS_exit_group, 78);
}
static void install (int sig, void (*handler) (int), int flags) {
  struct sigaction act = { .sa_handler = handler, .sa_flags = flags };
  sigaction (sig, &act, 0);
}
static void install_segv (u64 mode) {
  if (mode == SEGV_ignore) install (SIGSEGV, SIG_IGN, 0);
  else if (mode == SEGV_return) install (SIGSEGV, on_segv_return, 0);
  else install (SIGSEGV, on_segv_exit, mode == SEGV_exit_nodefer ? SA_NODEFER : 0);
}
static void install_others (void) {
  install (SIGUSR1, on_usr1, SA_RESTART);
  struct sigaction act = { .sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART };
  sigaction (SIGALRM, &act, 0);
}

static int tid (void) { return syscall (SYS_gettid); }
static int pid (void) { return syscall (SYS_getpid); }
static void pause_us (long us) { struct timespec t = { 0, us * 1000 }; syscall (SYS_nanosleep, &t, 0); }
static long pin_to (int cpu) {
  cpu_set_t set;
  CPU_ZERO (&set); CPU_SET (cpu, &set);
  return syscall (SYS_sched_setaffinity, 0, sizeof set, &set);
}
static long switches (void) {
  struct rusage used;
  syscall (SYS_getrusage, RUSAGE_THREAD, &used);
  return used.ru_nvcsw + used.ru_nivcsw;
}

static void ret (struct result *r, long value) { r->kind = RET; r->value = value; }
static void answer (struct result *r, long value) {
  r->kind = value == -1 ? ERR : RET;
  r->value = value == -1 ? errno : value;
}

#define ALARM_TURNS 50000000
static void section (struct op *o, struct result *r) {
  void *field = (void *) (address_of (o->slot, o->off) + 8);
  u64 pointer = descriptor_pointer (o->x, o->y);
  addr start = start_of (o->y);
  struct timespec nap = { 0, 300000 };
  long aborted = 0;
  if (o->y == EVENT_none) aborted = run_sequence (field, pointer, 0, 0, 0, start);
  if (o->y == EVENT_sleep) aborted = run_sequence (field, pointer, (addr) &nap, 0, 0, start);
  if (o->y == EVENT_signal) aborted = run_sequence (field, pointer, pid (), tid (), SIGUSR1, start);
  if (o->y == EVENT_alarm) {
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
    struct itimerspec at = { .it_value = { 0, 2000000 } };
    int timer;
    event._sigev_un._tid = tid ();
    if (syscall (SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) != 0) trouble ("timer_create");
    alarmed = 0;
    syscall (SYS_timer_settime, timer, 0, &at, 0);
    aborted = run_sequence (field, pointer, (addr) &alarmed, ALARM_TURNS, 0, start);
    syscall (SYS_timer_delete, timer);
    if (!alarmed && !aborted) S->disturbed++;   /* it never came */
  }
  r->kind = aborted ? ABORT : COMMIT;
}

static void filter (struct op *o, struct result *r) {
  static const u32 errnos[] = { ${filterActions.map((action) => filterErrno[action]).join(', ')} };
  u32 verdict = errnos[o->x] ? SECCOMP_RET_ERRNO | errnos[o->x] : SECCOMP_RET_KILL_PROCESS;
  struct sock_filter program[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 334, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, verdict),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog prog = { 4, program };
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) != 0) trouble ("seccomp");
  ret (r, 0);
}

/* The tracer of a query: a task that shares the caller's memory, and its thread pointer. */
struct question { struct result *r; int target; };
static int ask (void *arg) {
  struct question *q = arg;
  struct { u64 at; u32 len, sig, flags, pad; } now = { 0 };
  int status;
  if (syscall (SYS_ptrace, PTRACE_SEIZE, q->target, 0, 0) != 0 || syscall (SYS_ptrace, PTRACE_INTERRUPT, q->target, 0, 0) != 0
      || syscall (SYS_wait4, q->target, &status, __WALL, 0) < 0) { q->r->asked = -1; q->r->value = errno; return 0; }
  if (syscall (SYS_ptrace, 0x420f, q->target, sizeof now, &now) < 0) { q->r->asked = -1; q->r->value = errno; }
  else {
    q->r->at = now.at; q->r->len = now.len; q->r->sig = now.sig; q->r->flags = now.flags;
    q->r->named = -1;
    for (int slot = 0; slot < SLOTS; slot++)
      if (now.at - address_of (slot, 0) < PAGE) { q->r->named = slot; q->r->at = now.at - address_of (slot, 0); break; }
    q->r->named = now.at == 0 ? -2 : q->r->named;
    q->r->asked = 1;
  }
  syscall (SYS_ptrace, PTRACE_DETACH, q->target, 0, 0);
  return 0;
}
static void query (struct op *o, struct result *r) {
  struct question q = { r, tid () };
  int status, child = clone (ask, stack_top (DEPTH + o->depth), CLONE_VM, &q);
  if (child < 0) trouble ("clone for a query");
  while (syscall (SYS_wait4, child, &status, __WALL, 0) < 0 && errno == EINTR);
  if (r->asked == 1) ret (r, 0);
  else r->kind = ERR;
}

static void play (u32 first, u32 end);
struct child { struct op *op; };
static void until (struct op *o, int awaited) {
  struct result *r = S->results + (o - S->ops);
  while (r->awaited < awaited && (r->creator == 0 || syscall (SYS_getppid) == r->creator)) pause_us (20);
}
static int run_child (void *arg) {
  struct op *o = ((struct child *) arg)->op;
  until (o, AWAITED);
  play (o - S->ops + 1, o->end);
  return 0;
}
/* An exec in a vfork child lets its creator go: not before that one blocks again does the image begin. */
static void until_vfork_is_over (struct op *o) {
  u32 i = o->above;
  while (i != NONE && S->ops[i].code == OP_clone && (S->ops[i].x == CLONE_thread || S->ops[i].x == CLONE_pthread)) i = S->ops[i].above;
  if (i != NONE && S->ops[i].code == OP_clone && S->ops[i].x == CLONE_vfork) until (S->ops + i, WITH_IMAGE);
}
static int run_process (void *arg) { run_child (arg); syscall (SYS_exit_group, 0); return 0; }
static void *run_pthread (void *arg) { run_child (arg); return 0; }

static char *const *image_arguments (u32 i) {
  static char number[16];
  static char *arguments[] = { "rtldlab-kernel", "image", number, 0 };
  snprintf (number, sizeof number, "%u", i);
  return arguments;
}

static void wait_thread (struct op *o, struct child *c) {
  static volatile int alive[DEPTH];
  volatile int *word = alive + o->depth;
  int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
  *word = 1;
  if (clone (run_child, stack_top (o->depth), flags, c, 0, 0, word) < 0) trouble ("clone");
  S->results[o - S->ops].awaited = AWAITED;
  while (*word) syscall (SYS_futex, word, FUTEX_WAIT, 1l, 0l, 0l, 0l);
}
static void make_child (struct op *o, struct result *r) {
  struct child c = { o };
  u32 i = o - S->ops;
  int child = -1;
  pthread_t thread;
  if (o->x != CLONE_thread && o->x != CLONE_pthread) r->creator = pid ();
  switch (o->x) {
  case CLONE_fork:
    child = syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) run_process (&c);
    break;
  case CLONE_vfork: r->awaited = AWAITED; child = clone (run_process, stack_top (o->depth), CLONE_VM | CLONE_VFORK | SIGCHLD, &c); break;
  case CLONE_vm: child = clone (run_process, stack_top (o->depth), CLONE_VM | SIGCHLD, &c); break;
  case CLONE_thread: wait_thread (o, &c); break;
  case CLONE_pthread:
    if (pthread_create (&thread, 0, run_pthread, &c) != 0) trouble ("pthread_create");
    r->awaited = AWAITED;
    pthread_join (thread, 0);
    break;
  case CLONE_spawn:
    if (posix_spawn (&child, self_path, 0, 0, image_arguments (i), environ) != 0) trouble ("posix_spawn");
    break;
  }
  if (o->x != CLONE_thread && o->x != CLONE_pthread) {
    if (child < 0) trouble ("clone");
    r->awaited = WITH_IMAGE;   /* not before posix_spawn is over: while it blocks signals, the child's SIGCHLD would wake another thread */
    while (syscall (SYS_wait4, child, &r->status, __WALL, 0) < 0) if (errno != EINTR) trouble ("wait4");
    r->ended = 1;
  }
  pause_us (100);   /* whoever waited may have found the child gone already: now it was switched away after that for certain */
  ret (r, 0);
}

static void perform (struct op *o, struct result *r) {
  static const int protections[] = { ${protections.map((name) => protection[name]).join(', ')} };
  addr at = address_of (o->slot, o->off);
  u32 cpu, before;
  switch (o->code) {
  case OP_rseq: answer (r, syscall (334, at, o->x, o->y, o->z)); break;
  case OP_poke:
    if (poke (at + o->x, &o->y, o->x == 8 ? 8 : 4)) ret (r, 0);
    else { r->kind = ERR; r->value = EFAULT; }
    break;
  case OP_munmap: answer (r, munmap ((void *) at, PAGE)); break;
  case OP_remap: map_filled (o->slot); ret (r, 0); break;
  case OP_mprotect: answer (r, mprotect ((void *) at, PAGE, protections[o->x])); break;
  case OP_sleep: pause_us (300); ret (r, 0); break;
  case OP_yield: answer (r, syscall (SYS_sched_yield)); break;
  case OP_pin: if (pin_to (o->x) != 0) trouble ("sched_setaffinity"); ret (r, 0); break;
  case OP_signal:
    before = handled;
    syscall (SYS_tgkill, pid (), tid (), SIGUSR1);
    ret (r, handled - before);
    break;
  case OP_segvh: install_segv (o->x); ret (r, 0); break;
  case OP_getcpu: syscall (SYS_getcpu, &cpu, 0, 0); ret (r, cpu); break;
  case OP_cs: section (o, r); break;
  case OP_query: query (o, r); break;
  case OP_seccomp: filter (o, r); break;
  case OP_clone: make_child (o, r); break;
  case OP_exec: r->awaited = AWAITED; execve (self_path, image_arguments (o - S->ops), environ); trouble ("execve"); break;
  case OP_execfail: answer (r, execve ("/there/is/no/such/program", image_arguments (0), environ)); break;
  case OP_nop: ret (r, 0); break;
  }
}

/* Operations during which a task may be switched away: what follows from that is certain anyway. */
static int may_switch (struct op *o) {
  return o->code == OP_sleep || o->code == OP_pin || o->code == OP_query || o->code == OP_clone
    || (o->code == OP_cs && (o->y == EVENT_sleep || o->y == EVENT_alarm));
}
static void play (u32 first, u32 end) {
  long before = switches ();
  for (u32 i = first; i < end; i = S->ops[i].end) {
    struct result *r = S->results + i;
    r->state = STARTED;
    perform (S->ops + i, r);
    snapshot (r);
    long after = switches ();
    if (after != before && !may_switch (S->ops + i)) S->disturbed++;
    before = after;
    r->state = DONE;
  }
}

/* A new image: of the first process, or after exec or spawn at operation at. */
static void image (const char *at) {
  install_others ();
  map_text ();
  map_slots ();
  if (pin_to (${homeCpu}) != 0) trouble ("sched_setaffinity");
  if (*at == '-') play (0, S->nops);
  else {
    struct child c = { S->ops + atoi (at) };
    if (c.op->code == OP_exec) until_vfork_is_over (c.op);
    run_child (&c);
  }
  syscall (SYS_exit_group, 0);
}
`;
