/**
 * The part of the tracer that reads the traced program's memory and writes its events, in C: strings and numbers out of another
 * process (process_vm_readv(2)), the names of errnos and signals, one JSON line an event.
 *
 * What can go wrong: a string that ends in unmapped memory. It is read in pieces that never cross a page.
 */
export const tracerWords = String.raw`static FILE *out;
static double last_event;
static int nevents;
static double now (void) { struct timespec ts; clock_gettime (CLOCK_MONOTONIC, &ts); return ts.tv_sec + ts.tv_nsec / 1e9; }

static struct { char obj[64]; int n; } counts[256];
static int ncounts;

static long peek (int tid, u64 from, void *to, size_t n) {
  struct iovec l = { to, n }, r = { (void *) from, n };
  return process_vm_readv (tid, &l, 1, &r, 1, 0);
}
static void text (int tid, u64 from, char *to, size_t max) {
  size_t i = 0;
  while (i < max - 1) {
    size_t n = 64 - ((from + i) & 63);
    if (n > max - 1 - i) n = max - 1 - i;
    if (peek (tid, from + i, to + i, n) != (long) n) break;
    char *z = memchr (to + i, 0, n);
    if (z) return;
    i += n;
  }
  to[i] = 0;
}
static void quoted (const char *s, size_t n) {
  putc ('"', out);
  for (size_t i = 0; i < n; i++) {
    unsigned char c = s[i];
    if (c == '"' || c == '\\') { putc ('\\', out); putc (c, out); }
    else if (c == '\n') fputs ("\\n", out);
    else if (c < 32 || c > 126) fprintf (out, "\\u%04x", c);
    else putc (c, out);
  }
  putc ('"', out);
}
static void event (int t, const char *obj, int inst, const char *kind, const char *detail, const char *result) {
  nevents++;
  last_event = now ();
  fprintf (out, "{\"t\":%d,\"obj\":", t);
  quoted (obj, strlen (obj));
  if (inst) fprintf (out, ",\"inst\":%d", inst);
  fputs (",\"kind\":", out); quoted (kind, strlen (kind));
  if (detail && *detail) { fputs (",\"detail\":", out); quoted (detail, strlen (detail)); }
  if (result && *result) { fputs (",\"result\":", out); quoted (result, strlen (result)); }
  fputs ("}\n", out);
}
static int instance (int tid, u64 at, const char *obj) {
  int n = 0;
  if (peek (tid, at, &n, 4) != 4) return 0;
  if (n) return n;
  int i;
  for (i = 0; i < ncounts; i++) if (!strcmp (counts[i].obj, obj)) break;
  if (i == ncounts) { if (ncounts == 256) exit (3); ncounts++; strncpy (counts[i].obj, obj, 63); }
  n = ++counts[i].n;
  struct iovec l = { &n, 4 }, r = { (void *) at, 4 };
  process_vm_writev (tid, &l, 1, &r, 1, 0);
  return n;
}
static const char *errname (long e) {
  switch (e) {
    case 0: return "0"; case -EINVAL: return "EINVAL"; case -EBUSY: return "EBUSY"; case -EPERM: return "EPERM"; case -EACCES: return "EACCES";
    case -EFAULT: return "EFAULT"; case -ENOSYS: return "ENOSYS"; case -EAGAIN: return "EAGAIN"; case -ENOMEM: return "ENOMEM";
  }
  static char b[24]; snprintf (b, 24, "%ld", e); return b;
}
static const char *signame (int s) {
  static char b[24];
  switch (s) {
    case SIGSEGV: return "SIGSEGV"; case SIGABRT: return "SIGABRT"; case SIGBUS: return "SIGBUS"; case SIGILL: return "SIGILL";
    case SIGFPE: return "SIGFPE"; case SIGSYS: return "SIGSYS"; case SIGTRAP: return "SIGTRAP"; case SIGKILL: return "SIGKILL";
    case SIGXCPU: return "SIGXCPU"; case SIGXFSZ: return "SIGXFSZ"; case SIGTERM: return "SIGTERM"; case SIGINT: return "SIGINT";
  }
  snprintf (b, 24, "SIG%d", s);
  return b;
}
static const char *code (siginfo_t *si) {
  if (si->si_code == SI_KERNEL) return "SI_KERNEL";
  if (si->si_code == SI_TKILL) return "SI_TKILL";
  if (si->si_code == SI_USER) return "SI_USER";
  if (si->si_signo == SIGSEGV) return si->si_code == SEGV_MAPERR ? "SEGV_MAPERR" : si->si_code == SEGV_ACCERR ? "SEGV_ACCERR" : "SEGV_?";
  static char b[24]; snprintf (b, 24, "%d", si->si_code); return b;
}
`;
