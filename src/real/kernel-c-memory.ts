/**
 * The memory of a played script, in C: the record that all its processes share, the pages of the slots, and what a snapshot
 * reads. It stands for the program that made the recordings of real kernels; the slots are those of `src/kernel/script-image.ts`.
 *
 * What can go wrong: looking that changes what is looked at. Areas are read and poked through process_vm_readv and
 * process_vm_writev: a bad address is an errno there, nothing blocks, and no file is closed, so no refresh becomes due.
 */
import { pageNames, slotNames } from '../kernel/script-format.js';
import { slotAddress } from '../kernel/script-image.js';

/** What the driver can hold; longer scripts are not played. */
export const driverRoom = { ops: 400, areas: 24, depth: 33 } as const;

const addresses = slotNames.map((name) => (name === 'G' ? '0' : `0x${slotAddress[name].toString(16)}ull`)).join(', ');

export const memorySource = `
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <fcntl.h>
#include <unistd.h>

typedef uint32_t u32;
typedef uint64_t u64;
typedef uintptr_t addr;

#define PAGE 4096
#define OPS ${driverRoom.ops}
#define AREAS ${driverRoom.areas}
#define DEPTH ${driverRoom.depth}
#define NONE (~0u)
#define SENTINEL 0xa5a5a5a5a5a5a5a5ull
enum { ${slotNames.map((name) => `SLOT_${name}`).join(', ')}, SLOTS };
static const char slot_names[] = "${slotNames.join('')}";
static const addr slot_address[SLOTS] = { ${addresses} };

/* An operation; its nested ones follow it, up to end. Above is the one it is nested in, NONE at the top. */
struct op { u32 code, slot, kids, end, depth, above; u64 off, x, y, z; };
struct area { u32 readable, start, cpu, flags, node, cid; u32 section; };
enum { NOT_REACHED, STARTED, DONE };
enum { NOT_AWAITED, AWAITED, WITH_IMAGE };
enum { RET, ERR, COMMIT, ABORT };
struct result {
  int state, kind; long value;
  volatile int awaited;  /* whoever waits for the child is about to block; WITH_IMAGE: has seen a vfork child become an image */
  int creator;           /* pid of whoever waits for a child process */
  int asked; int named; u64 at, len, sig, flags;
  int ended, status;
  struct area areas[AREAS];
};
struct shared {
  u32 glibc_rseq, nareas, nops;
  u32 area_slot[AREAS]; u64 area_off[AREAS];
  int segv_runs, disturbed, broken;
  char trouble[160];
  struct op ops[OPS];
  struct result results[OPS];
};
static struct shared *S;
static const char *self_path;

/* Something that the script did not ask for went wrong: the run says nothing about the kernel. */
static void trouble (const char *what) {
  if (!__atomic_exchange_n (&S->broken, 1, __ATOMIC_SEQ_CST))
    snprintf (S->trouble, sizeof S->trouble, "%s: %s", what, strerror (errno));
  syscall (SYS_exit_group, 99);
}

/* libc's own area, where libc has one */
extern const ptrdiff_t __rseq_offset __attribute__ ((weak));
static addr libc_area (void) { return &__rseq_offset ? (addr) __builtin_thread_pointer () + __rseq_offset : 0; }
static addr address_of (u32 slot, u64 off) { return (slot == SLOT_G ? libc_area () : slot_address[slot]) + off; }

static long copy (int call, addr at, void *own, size_t size) {
  struct iovec local = { own, size }, remote = { (void *) at, size };
  return syscall (call, syscall (SYS_getpid), &local, 1l, &remote, 1l, 0l);
}
static int peek (addr at, void *to, size_t size) { return copy (SYS_process_vm_readv, at, to, size) == (long) size; }
static int poke (addr at, void *from, size_t size) {
  char last;
  addr end = at + size - 1;
  if (at / PAGE != end / PAGE)   /* all or nothing: the second page first */
    if (!peek (end, &last, 1) || copy (SYS_process_vm_writev, end, &last, 1) != 1) return 0;
  return copy (SYS_process_vm_writev, at, from, size) == (long) size;
}

static void fill (addr at) {
  for (addr block = at; block < at + PAGE; block += 32) {
    u32 *word = (u32 *) block;
    word[0] = word[1] = word[5] = word[6] = word[7] = 0xa5a5a5a5;
    word[2] = word[3] = word[4] = 0;
  }
}
/* A fresh filled page in the place of whatever is there, in one step. */
static void map_filled (u32 slot) {
  int kind = slot == SLOT_X ? MAP_SHARED : MAP_PRIVATE;
  void *fresh = mmap (0, PAGE, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED) trouble ("mmap");
  fill ((addr) fresh);
  if (mremap (fresh, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *) slot_address[slot]) == MAP_FAILED) trouble ("mremap");
}
static void map_slots (void) {
  static const u32 mapped[] = { ${pageNames
    .filter((name) => name !== 'U')
    .map((name) => `SLOT_${name}`)
    .join(', ')} };
  for (u32 i = 0; i < sizeof mapped / sizeof *mapped; i++) map_filled (mapped[i]);
  mprotect ((void *) slot_address[SLOT_R], PAGE, PROT_READ);
  mprotect ((void *) slot_address[SLOT_P], PAGE, PROT_NONE);
}

static u32 section_word (u64 pointer);
static void snapshot (struct result *r) {
  for (u32 i = 0; i < S->nareas; i++) {
    struct area *a = r->areas + i;
    u32 word[8];
    a->readable = peek (address_of (S->area_slot[i], S->area_off[i]), word, 28);
    if (!a->readable) continue;
    a->start = word[0]; a->cpu = word[1]; a->flags = word[4]; a->node = word[5]; a->cid = word[6];
    a->section = section_word (word[2] | (u64) word[3] << 32);
  }
}
`;
