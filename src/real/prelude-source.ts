/**
 * What every described object has in C: raw system calls, the marker call that says an event, gates for threads and the claims
 * of rseq. It needs no libc and no relocation, so that it works in a resolver before the object is relocated.
 *
 * What can go wrong: a pointer in a static initialiser. It is a relocation, null until the loader comes; every string and every
 * function is therefore addressed relative to the instruction.
 */
import { markerCall, markerMagic } from './tracer-source.js';

export const preludeSource = String.raw`
typedef unsigned long ul;
typedef unsigned char uc;
#define MAGIC ${markerMagic}
#define U __attribute__ ((unused))
static int inst_;
static inline U long sys6 (long n, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__ ("r10") = d;
  register long r8 __asm__ ("r8") = e;
  register long r9 __asm__ ("r9") = f;
  long r;
  __asm__ volatile ("syscall" : "=a" (r) : "0" (n), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9) : "rcx", "r11", "memory");
  return r;
}
static inline U __attribute__ ((noinline)) void ev (const char *kind, const char *detail, const char *result) {
  sys6 (${markerCall}, (long) OBJ, (long) &inst_, (long) kind, (long) detail, (long) result, MAGIC);
}
static inline U char *num (char *end, long v) {
  char *p = end; int neg = v < 0; ul u = neg ? -(ul) v : (ul) v;
  *--p = 0;
  do *--p = '0' + u % 10; while (u /= 10);
  if (neg) *--p = '-';
  return p;
}
static inline U void evn (const char *kind, const char *detail, long v) { char b[24]; ev (kind, detail, num (b + 24, v)); }
static inline U char *put (char *to, char *end, const char *s) { while (*s && to < end - 1) *to++ = *s++; *to = 0; return to; }
static inline U const char *base (const char *s) { const char *b = s; for (; *s; s++) if (*s == '/') b = s + 1; return b; }

/* libc */
extern void *dlopen (const char *, int);
extern void *dlmopen (long, const char *, int);
extern int dlclose (void *);
extern void *dlsym (void *, const char *);
extern char *dlerror (void);
extern int dlinfo (void *, int, void *);
extern int pthread_create (ul *, const void *, void *(*) (void *), void *);
extern int pthread_join (ul, void **);
extern int pthread_detach (ul);
extern void pthread_exit (void *) __attribute__ ((noreturn));
extern int pthread_key_create (unsigned *, void (*) (void *));
extern int pthread_setspecific (unsigned, const void *);
extern int pthread_key_delete (unsigned);
extern int pthread_atfork (void (*) (void), void (*) (void), void (*) (void));
extern int __cxa_thread_atexit_impl (void (*) (void *), void *, void *);
extern int atexit (void (*) (void));
extern int on_exit (void (*) (int, void *), void *);
extern int at_quick_exit (void (*) (void));
extern void exit (int) __attribute__ ((noreturn));
extern void _exit (int) __attribute__ ((noreturn));
extern void quick_exit (int) __attribute__ ((noreturn));
extern void abort (void) __attribute__ ((noreturn));
extern int fork (void);
extern int vfork (void) __attribute__ ((returns_twice));
extern int pthread_kill (ul, int);
extern int sigaction (int, const void *, void *);
extern void *__dso_handle __attribute__ ((visibility ("hidden")));

/* dl */
static inline U void opened (const char *kind, const char *as, void *h) {
  if (h) ev (kind, as, "ok"); else ev (kind, as, dlerror ());
}
static inline U long ns_of (void *h) { long ns = 0; if (h) dlinfo (h, 1, &ns); return ns; }
static inline U void close_ (void *h, const char *as) {
  if (!h) { ev ("dlclose.skip", as, 0); return; }
  ev ("dlclose", as, 0);
  evn ("dlclose.ret", as, dlclose (h));
}
static inline U void sym_call (void *h, int special, const char *sym) {
  if (!h && !special) { ev ("dlsym.skip", sym, 0); return; }
  ev ("dlsym", sym, 0);
  void (*f) (void) = (void (*) (void)) dlsym (h, sym);
  ev ("dlsym.ret", sym, f ? "ok" : "null");
  if (f) f ();
}

/* threads */
struct gate { int done, released, tid; ul thread; const char *name; void (*body) (void); };
#ifdef WHOAMI
static __thread struct gate *self_ __attribute__ ((tls_model ("initial-exec")));
#endif
static inline U void fwait (int *at) { long ts[2] = { 0, 50000000 }; while (!__atomic_load_n (at, 5)) sys6 (202, (long) at, 0, 0, (long) ts, 0, 0); }
static inline U void fwake (int *at) { __atomic_store_n (at, 1, 5); sys6 (202, (long) at, 1, 1 << 30, 0, 0, 0); }
static inline U void pass (struct gate *g) { fwake (&g->done); while (!__atomic_load_n (&g->released, 5)) sys6 (202, (long) &g->released, 0, 0, 0, 0, 0); }
static inline U void *thread_ (void *p) {
  struct gate *g = p;
  g->tid = sys6 (186, 0, 0, 0, 0, 0, 0);
#ifdef WHOAMI
  self_ = g;
#endif
  ev ("thread.begin", g->name, 0);
  g->body ();
  ev ("thread.end", g->name, 0);
  pass (g);
  return 0;
}
static inline U int gone (struct gate *g) { return sys6 (234, sys6 (39, 0, 0, 0, 0, 0, 0), g->tid, 0, 0, 0, 0) != 0; }
static inline U void spawn_ (struct gate *g, const char *name, void (*body) (void)) {
  ev ("spawn", name, 0);
  g->done = 0; g->released = 0; g->tid = 0; g->name = name; g->body = body;
  int r = pthread_create (&g->thread, 0, thread_, g);
  if (r == 0)
    while (!__atomic_load_n (&g->done, 5)) {
      long ts[2] = { 0, 100000000 };
      sys6 (202, (long) &g->done, 0, 0, (long) ts, 0, 0);
      if (!g->done && g->tid && gone (g)) break;
    }
  evn ("spawn.ret", name, r);
}
static inline U void start_ (struct gate *g, const char *name, void (*body) (void)) {
  ev ("spawn", name, 0);
  g->done = 0; g->released = 1; g->tid = 0; g->name = name; g->body = body;
  evn ("spawn.ret", name, pthread_create (&g->thread, 0, thread_, g));
}
static inline U void join_ (struct gate *g, const char *name) {
  ev ("join", name, 0);
  fwake (&g->released);
  evn ("join.ret", name, pthread_join (g->thread, 0));
}
static inline U void detach_ (struct gate *g, const char *name) {
  ev ("detach", name, 0);
  pthread_detach (g->thread);
  fwake (&g->released);
  while (!__atomic_load_n (&g->tid, 5) || !gone (g)) { long ts[2] = { 0, 1000000 }; sys6 (35, (long) ts, 0, 0, 0, 0, 0); }
  ev ("detach.ret", name, 0);
}
/* The handler of a body has a real-time signal of its own, so that several can be pending. */
static inline U void signal_ (struct gate *g, int n, void (*handler) (int)) {
  struct { void (*handler) (int); ul mask[16]; int flags; void *restorer; } a = { handler, { 0 }, 0x50000000, 0 };
  sigaction (40 + n, &a, 0);
  pthread_kill (g->thread, 40 + n);
}
static inline U void pexit_ (void) {
  ev ("pthread_exit", 0, 0);
#ifdef WHOAMI
  if (self_) pass (self_);
#endif
  pthread_exit (0);
}

/* A filter on the one call, in this thread and what it creates: an errno, or 0 for the end of the process. */
static inline U void seccomp_ (const char *name, unsigned errno_) {
  struct { unsigned short code; uc t, f; unsigned k; } code[4] = {
    { 0x20, 0, 0, 0 }, { 0x15, 0, 1, 334 }, { 6, 0, 0, errno_ ? 0x50000 | errno_ : 0x80000000u }, { 6, 0, 0, 0x7fff0000 }
  };
  struct { unsigned short n; void *code; } program = { 4, code };
  ev ("seccomp", name, 0);
  sys6 (157, 38, 1, 0, 0, 0, 0);
  sys6 (317, 1, 0, (long) &program, 0, 0, 0);
}

/* keys; a value that is no address, so that whoever takes it for one (dlerror of another namespace) faults at once */
struct key { int created; unsigned key; };
static inline U void tsd_ (struct key *k, const char *name, void (*dtor) (void *)) {
  if (!k->created) { pthread_key_create (&k->key, dtor); k->created = 1; ev ("key_create", name, 0); }
  evn ("tsd_set", name, pthread_setspecific (k->key, (void *) 1));
}
static inline U void key_delete_ (struct key *k, const char *name) { if (k->created) evn ("key_delete", name, pthread_key_delete (k->key)); }

/* rseq */
struct area { unsigned cpu_start, cpu_id; ul cs; unsigned flags, pad[3]; } __attribute__ ((aligned (32)));
extern const int weak_handled_;
#if NEED_LIBC_AREA
extern const long __rseq_offset __attribute__ ((weak));
#endif
#if NEED_SIZE
extern const unsigned __rseq_size __attribute__ ((weak));
#endif
#if NEED_STATIC
static struct area area_static;
#define AREA_static (&area_static)
#endif
#if NEED_TLS
static __thread struct area area_tls;
#define AREA_tls (&area_tls)
#endif
#define AREA_abi (&__rseq_abi)
#define AREA_libc (libc_area ())
#if NEED_ABI
__attribute__ ((weak, tls_model ("initial-exec"))) __thread struct area __rseq_abi = { 0, -1u, 0, 0, { 0, 0, 0 } };
#endif
#if NEED_LIBC_AREA
static struct area *libc_area (void) {
  if (!&__rseq_offset) return 0;
  return (struct area *) ((char *) __builtin_thread_pointer () + __rseq_offset);
}
#endif
static inline U __attribute__ ((noinline)) long rseq_ (int unreg, struct area *a, unsigned sig, const char *name) {
  const void *who[3] = { OBJ, &inst_, name };
  __asm__ volatile ("" : : "r" (who) : "memory");
  return sys6 (334, (long) a, 32, unreg, sig, MAGIC, (long) who);
}
#define SIG 0x53053053u
static inline U const char *state_of (unsigned v) { return v == -1u ? "uninit" : v == -2u ? "failed" : "registered"; }
#if NEED_SIZE && NEED_LIBC_AREA
static inline U void rseq_info_ (void) {
  if (!&__rseq_size) { ev ("rseq_info", "nosym", 0); return; }
  evn ("rseq_info", state_of (*(volatile unsigned *) &libc_area ()->cpu_id), __rseq_size);
}
#endif
#if NEED_SIZE
static inline U int claim_ (void) {
  if (!&__rseq_size) { ev ("claim", "nosym", 0); return 1; }
  if (__rseq_size) { evn ("claim", "defer", __rseq_size); return 0; }
  ev ("claim", "size=0", 0);
  return 1;
}
#endif
#if NEED_ABI
static inline U int claim_abi_ (void) {
  unsigned v = *(volatile unsigned *) &__rseq_abi.cpu_id;
  if ((int) v >= 0) { ev ("claim_abi", "defer", 0); return 0; }
  ev ("claim_abi", v == -1u ? "uninit" : "failed", 0);
  return 1;
}
#endif
#if NEED_HANDLED
#if DEFINE_HANDLED
int __rseq_handled = 0;
#else
extern int __rseq_handled __attribute__ ((weak));
#endif
static int set_handled_;
static inline U int *handled_ (void) {
  int *p = &__rseq_handled;
  __asm__ ("" : "+r" (p));
  return p;
}
static inline U int claim_handled_ (void) {
  int *h = handled_ ();
  if (!h) { ev ("claim_handled", "nosym", 0); return 1; }
  if (*h) { evn ("claim_handled", "defer", *h); return 0; }
  ev ("claim_handled", "free", 0);
  *h = 1; set_handled_ = 1;
  return 1;
}
static inline U void release_handled_ (void) {
  int *h = handled_ ();
  if (!h) { ev ("release_handled", "nosym", 0); return; }
  if (set_handled_) { *h = 0; set_handled_ = 0; ev ("release_handled", "cleared", 0); }
  else ev ("release_handled", "kept", 0);
}
#elif DEFINE_HANDLED
int __rseq_handled = 0;
#endif
#if NEED_HANDLED_INFO
static inline U void handled_info_ (void) {
  int *h = handled_ ();
  const char *s = "nosym";
#if NEED_ABI
  s = state_of (*(volatile unsigned *) &__rseq_abi.cpu_id);
#elif !IS_EXE
  long off;
  __asm__ volatile (".weak __rseq_abi\n\tmovq __rseq_abi@gottpoff(%%rip), %0" : "=r" (off));
  if (off) s = state_of (((volatile struct area *) ((char *) __builtin_thread_pointer () + off))->cpu_id);
#endif
  if (h) evn ("handled_info", s, *h); else ev ("handled_info", s, "nosym");
}
#endif
static inline U int try_claim_ (const char *op, int *mark, struct area *a, const char *name, int busy) {
  if (*mark) { ev (op, "again", 0); return 0; }
  long r = rseq_ (0, a, SIG, name);
  int ok = r == 0 || (busy && r == -16);
  ev (op, r == 0 ? "ok" : ok ? "busy" : "failed", 0);
  if (ok) *mark = 1;
  return ok;
}

/* audit */
#if NEED_AUDIT
struct link_map { ul l_addr; char *l_name; };
static struct { char name[55]; char closed; } seen_[128];
static int nseen_;
static inline U const char *name_of (ul c) {
  ul at = (ul) seen_;
  return c >= at && c < (ul) (seen_ + 128) ? (const char *) c : "?";
}
/* As in the recordings: an object that was closed is still known, except when something is added. */
static inline U const char *open_name (ul c, int add) {
  const char *n = name_of (c);
  return add && *n != '?' && ((uc *) n)[55] ? "?" : n;
}
static inline U void closed_ (ul c) { char *n = (char *) name_of (c); if (*n != '?') n[55] = 1; }
static inline U void announce (struct link_map *m, long ns, ul *cookie) {
  char *to = seen_[nseen_ & 127].name, b[24], *p;
  nseen_++; to[55] = 0;
  const char *n = base (m->l_name);
  if (!*n) n = "(main)";
  p = put (to, to + 55, n);
  p = put (p, to + 55, "@");
  put (p, to + 55, num (b + 24, ns));
  *cookie = (ul) to;
}
static inline U void ev2 (const char *kind, const char *a, const char *b, const char *result) {
  char d[160], *p = put (d, d + 160, a);
  p = put (p, d + 160, " ");
  put (p, d + 160, b);
  ev (kind, d, result);
}
#endif
`;
