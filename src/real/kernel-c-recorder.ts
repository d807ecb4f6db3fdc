/**
 * The recorder of played scripts, in C: reads one script a line, runs it in fresh processes, and writes what they saw as one line
 * of JSON in the form of the recordings. It stands for the recorder that wrote them.
 *
 * What can go wrong: a script that does not end, or leaves processes behind. Each runs in a process group of its own with limits
 * on memory, time and files; when its time is over the group is killed, and what is left is reaped before the next one starts.
 */
import { wordFields } from '../kernel/script-format.js';
import { memorySource } from './kernel-c-memory.js';
import { sectionsSource, sectionWords } from './kernel-c-sections.js';
import { homeCpu, tasksSource } from './kernel-c-tasks.js';

/** The words of a snapshot that stand before and after the pointer, as the driver names them. */
const [firstWord, secondWord] = wordFields;

const recorderSource = String.raw`
#include <gnu/libc-version.h>

static const char *const section_words[] = { ${sectionWords.map((word) => `"${word}"`).join(', ')} };
static const struct { int number; const char *name; } errnos[] = {
  { EFAULT, "EFAULT" }, { EINVAL, "EINVAL" }, { EPERM, "EPERM" }, { EBUSY, "EBUSY" }, { ENOSYS, "ENOSYS" }, { EACCES, "EACCES" },
  { ENOMEM, "ENOMEM" }, { ENOENT, "ENOENT" }, { ESRCH, "ESRCH" }, { EIO, "EIO" } };
static const struct { int number; const char *name; } signals[] = {
  { SIGSEGV, "SEGV" }, { SIGSYS, "SYS" }, { SIGABRT, "ABRT" }, { SIGKILL, "KILL" }, { SIGALRM, "ALRM" }, { SIGUSR1, "USR1" },
  { SIGBUS, "BUS" }, { SIGILL, "ILL" }, { SIGTRAP, "TRAP" }, { SIGXCPU, "XCPU" } };

static void print_errno (int number) {
  for (u32 i = 0; i < sizeof errnos / sizeof *errnos; i++)
    if (errnos[i].number == number) { printf ("\"err\":\"%s\"", errnos[i].name); return; }
  printf ("\"err\":\"errno %d\"", number);
}
static void print_end (const char *field, int status) {
  if (WIFEXITED (status)) { printf ("\"%s\":\"exit %d\"", field, WEXITSTATUS (status)); return; }
  for (u32 i = 0; i < sizeof signals / sizeof *signals; i++)
    if (signals[i].number == WTERMSIG (status)) { printf ("\"%s\":\"signal SIG%s\"", field, signals[i].name); return; }
  printf ("\"%s\":\"signal %d\"", field, WTERMSIG (status));
}
static void print_word (u32 word) {
  if (word == 0xa5a5a5a5) printf ("\"untouched\"");
  else if (word == 0xffffffff) printf ("\"uninit\"");
  else if (word == 0xfffffffe) printf ("\"failed\"");
  else printf ("%u", word);
}
static void print_areas (struct result *r) {
  printf ("\"areas\":{");
  for (u32 i = 0; i < S->nareas; i++) {
    struct area *a = r->areas + i;
    printf ("%s\"%c+%llu\":", i ? "," : "", slot_names[S->area_slot[i]], (unsigned long long) S->area_off[i]);
    if (!a->readable) { printf ("\"nomap\""); continue; }
    printf ("[");                                            /* ${firstWord}, ${secondWord}, rseq_cs, ... */
    print_word (a->start); printf (","); print_word (a->cpu);
    printf (",\"%s\",%u,", section_words[a->section], a->flags);
    print_word (a->node); printf (",");
    if (a->cid <= 1) printf ("\"cid\""); else print_word (a->cid);
    printf ("]");
  }
  printf ("}");
}
static void print_list (u32 first, u32 end);
static void print_child (struct op *o) { printf ("\"child\":"); print_list (o - S->ops + 1, o->end); }
static void print_query (struct result *r) {
  printf ("\"query\":{\"addr\":");
  if (r->named == -2) printf ("null");
  else if (r->named == -1) printf ("\"0x%llx\"", (unsigned long long) r->at);
  else printf ("\"%c+%llu\"", slot_names[r->named], (unsigned long long) r->at);
  printf (",\"len\":%llu,\"sig\":%llu,\"flags\":%llu}", (unsigned long long) r->len, (unsigned long long) r->sig, (unsigned long long) r->flags);
}
static void print_result (u32 i) {
  struct result *r = S->results + i;
  struct op *o = S->ops + i;
  if (r->state == NOT_REACHED) { printf ("null"); return; }
  printf ("{");
  if (o->code == OP_exec) { print_child (o); printf ("}"); return; }
  if (r->state == STARTED) printf ("\"killed\":true");
  else if (r->kind == ERR) print_errno (r->value);
  else if (r->kind == RET) printf ("\"ret\":%ld", r->value);
  else printf ("\"ret\":\"%s\"", r->kind == COMMIT ? "commit" : "abort");
  if (r->asked == 1) { printf (","); print_query (r); }
  if (o->code == OP_clone) { printf (","); print_child (o); }
  if (r->state == DONE && r->ended) { printf (","); print_end ("child_end", r->status); }
  if (r->state == DONE) { printf (","); print_areas (r); }
  printf ("}");
}
static void print_list (u32 first, u32 end) {
  printf ("[");
  for (u32 i = first; i < end; i = S->ops[i].end) { if (i > first) printf (","); print_result (i); }
  printf ("]");
}

/* Reading a script: numbers with blanks between them. Whatever is out of range is refused. */
static char *rest;
static int wrong;
static u64 number (u64 limit) {
  char *end;
  errno = 0;
  u64 value = strtoull (rest, &end, 10);
  if (end == rest || errno || (limit && value >= limit)) { wrong = 1; return 0; }
  rest = end;
  return value;
}
static void read_ops (u32 count, u32 depth, u32 above) {
  for (u32 n = 0; n < count && !wrong; n++) {
    if (S->nops == OPS || depth >= DEPTH) { wrong = 1; return; }
    struct op *o = S->ops + S->nops++;
    u32 self = o - S->ops;
    o->depth = depth; o->above = above;
    o->code = number (OP_nop + 1); o->slot = number (SLOTS); o->off = number (0x10000);
    o->x = number (0); o->y = number (0); o->z = number (0);
    o->kids = number (OPS);
    read_ops (o->kids, depth + 1, self);
    o->end = S->nops;
  }
}
static int read_script (char *line) {
  rest = line; wrong = 0;
  S->glibc_rseq = number (2);
  S->nareas = number (AREAS + 1);
  for (u32 i = 0; i < S->nareas && !wrong; i++) { S->area_slot[i] = number (SLOTS); S->area_off[i] = number (0x10000); }
  S->nops = 0;
  read_ops (number (OPS + 1), 0, NONE);
  return !wrong;
}

static int group;
static volatile int late;
static void on_deadline (int sig) { (void) sig; late = 1; kill (-group, SIGKILL); }

static int ahead_of_others (int priority) {
  struct sched_param order = { priority };
  return sched_setscheduler (0, priority ? SCHED_FIFO : SCHED_OTHER, &order) == 0;
}
static void limit (int what, rlim_t most) { struct rlimit l = { most, most }; setrlimit (what, &l); }
static void become_image (void) {
  char *arguments[] = { "rtldlab-kernel", "image", "-", 0 };
  char *environment[] = { S->glibc_rseq ? "GLIBC_TUNABLES=glibc.pthread.rseq=1" : "GLIBC_TUNABLES=glibc.pthread.rseq=0", 0 };
  int null = open ("/dev/null", O_RDWR);
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (int fd = 0; fd < 3; fd++) dup2 (null, fd);
  close (null);
  limit (RLIMIT_CORE, 1); limit (RLIMIT_FSIZE, 0); limit (RLIMIT_CPU, 10); limit (RLIMIT_RTTIME, 2000000); limit (RLIMIT_AS, 1 << 30);
  pin_to (${homeCpu});
  ahead_of_others (1);   /* where this is refused, others come between more often, and more runs are played again */
  execve (self_path, arguments, environment);
  trouble ("execve");
}
static void run_script (int seconds) {
  struct itimerval deadline = { { 0, 200000 }, { seconds, 0 } }, never = { 0 };
  int status = 0;
  memset (S->results, 0, S->nops * sizeof *S->results);
  S->segv_runs = S->disturbed = S->broken = 0;
  late = 0;
  group = fork ();
  if (group < 0) { printf ("{\"broken\":\"fork: %s\"}\n", strerror (errno)); return; }
  if (group == 0) become_image ();
  setpgid (group, group);
  setitimer (ITIMER_REAL, &deadline, 0);
  while (waitpid (group, &status, 0) < 0 && errno == EINTR);
  while (waitpid (-1, 0, 0) > 0 || errno == EINTR);   /* the image of a vfork child may outlive its parent */
  setitimer (ITIMER_REAL, &never, 0);
  if (late) printf ("{\"late\":true}\n");
  else if (S->broken) printf ("{\"broken\":\"%s\"}\n", S->trouble);
  else {
    printf ("{\"results\":");
    print_list (0, S->nops);
    printf (",");
    print_end ("end", status);
    printf (",\"segv_handler_runs\":%d,\"disturbed\":%d}\n", S->segv_runs, S->disturbed);
  }
}

static void share (int fd) {
  S = mmap (0, sizeof *S, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (S == MAP_FAILED) { fprintf (stderr, "mmap: %s\n", strerror (errno)); exit (1); }
}
static int record (int seconds) {
  int fd = syscall (SYS_memfd_create, "rtldlab-kernel", 0);
  if (fd < 0 || dup2 (fd, 9) < 0 || ftruncate (9, sizeof (struct shared)) != 0) { perror ("memfd_create"); return 1; }
  if (fd != 9) close (fd);
  share (9);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  install (SIGALRM, on_deadline, 0);
  cpu_set_t open_cpus;
  sched_getaffinity (0, sizeof open_cpus, &open_cpus);
  printf ("{\"libc\":\"%s\",\"libc_area\":%s,\"cpus\":[%d,%d],\"ahead\":%d}\n", gnu_get_libc_version (),
          &__rseq_offset ? "true" : "false", !!CPU_ISSET (0, &open_cpus), !!CPU_ISSET (1, &open_cpus),
          ahead_of_others (1) && ahead_of_others (0));
  fflush (stdout);
  char *line = 0;
  size_t room = 0;
  while (getline (&line, &room, stdin) > 0) {
    if (read_script (line)) run_script (seconds);
    else printf ("{\"broken\":\"not a script\"}\n");
    fflush (stdout);
  }
  return 0;
}

int main (int argc, char **argv) {
  static char path[4096];
  if (readlink ("/proc/self/exe", path, sizeof path - 1) <= 0) { perror ("/proc/self/exe"); return 1; }
  self_path = path;
  if (argc > 2 && strcmp (argv[1], "record") == 0) return record (atoi (argv[2]));
  if (argc > 2 && strcmp (argv[1], "image") == 0) { share (9); image (argv[2]); }
  return 2;
}
`;

/** The whole driver: `driver record SECONDS` says what it finds here, then reads scripts from standard
 * input and writes a line for each, within so many seconds each. */
export const driverSource = memorySource + sectionsSource + tasksSource + recorderSource;
