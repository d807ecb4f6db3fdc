/**
 * The restartable sequences of a played script and their descriptors, good and bad, in C and assembler. They stand for the
 * sequences of the program that made the recordings; which descriptors there are is told in `src/kernel/script-format.ts`.
 *
 * What can go wrong: a sequence that a descriptor of another one covers. Each kind of event has its own code and its own row of
 * descriptors, and the descriptors `out` cover code that nobody runs.
 */
import { descriptorNames, pointerValues, sectionEvents } from '../kernel/script-format.js';

/** The words for what `rseq_cs` holds, in the order of the driver's numbers. */
export const sectionWords = [...pointerValues, 'desc', 'other'] as const;

/** What happens inside the sequence of each event; rdx, rcx, r8 are its arguments. */
const inside: Readonly<Record<(typeof sectionEvents)[number], string>> = {
  none: 'nop\\n nop\\n',
  sleep: 'mov %rdx, %rdi\\n xor %esi, %esi\\n mov $35, %eax\\n syscall\\n',
  signal: 'mov %rdx, %rdi\\n mov %rcx, %rsi\\n mov %r8, %rdx\\n mov $234, %eax\\n syscall\\n',
  alarm: '1: pause\\n cmpl $0, (%rdx)\\n je 1b\\n',
};

const sequences = sectionEvents.map((event, n) => `SEQUENCE ("${n}", "${inside[event]}")`);
const elsewhere = sectionEvents.length;

export const sectionsSource = String.raw`
#define EVENTS ${sectionEvents.length}
enum { ${sectionEvents.map((event) => `EVENT_${event}`).join(', ')} };
enum { ${descriptorNames.map((name) => `DESC_${name}`).join(', ')}, DESCRIPTORS };
enum { ${sectionWords.map((word) => `SECTION_${word}`).join(', ')} };

/* long sequence (u64 *rseq_cs, descriptor, argument, argument, argument): 0 when it ran to its end, 1 from the abort handler */
#define SEQUENCE(n, body) \
  ".p2align 6\n sequence" n ": mov %rsi, (%rdi)\n start" n ": .fill 16, 1, 0x90\n" body "nop\n end" n ": xor %eax, %eax\n ret\n" \
  ".byte 0x0f, 0xb9, 0x3d\n .long 0x53053053\n abort" n ": mov $1, %eax\n ret\n"
__asm__ (".text\n" ${[...sequences, `SEQUENCE ("${elsewhere}", "")`].join(' ')});
#define LABEL(name) extern char name[] __attribute__ ((visibility ("hidden")));
${[...sequences, ''].map((_, n) => `LABEL (sequence${n}) LABEL (start${n}) LABEL (end${n}) LABEL (abort${n})`).join('\n')}
typedef long (*sequence) (void *, u64, u64, u64, u64);
struct code { char *sequence, *start, *end, *abort; };
static const struct code code[EVENTS + 1] = {
${[...sequences, ''].map((_, n) => `  { sequence${n}, start${n}, end${n}, abort${n} }`).join(',\n')}
};

struct descriptor { u32 version, flags; u64 start, length, abort; } __attribute__ ((aligned (32)));
static struct descriptor descriptors[EVENTS][DESCRIPTORS];

static struct descriptor whole (const struct code *c) {
  return (struct descriptor) { 0, 0, (addr) c->start, c->end - c->start, (addr) c->abort };
}
static void write_descriptors (void) {
  addr kernel = slot_address[SLOT_K];
  for (int e = 0; e < EVENTS; e++) {
    struct descriptor *d = descriptors[e];
    for (int i = 0; i < DESCRIPTORS; i++) d[i] = whole (code + e);
    d[DESC_out] = d[DESC_out_version1] = d[DESC_out_flags1] = whole (code + EVENTS);
    d[DESC_in_version1].version = d[DESC_out_version1].version = 1;
    d[DESC_in_flags1].flags = d[DESC_out_flags1].flags = 1;
    d[DESC_abort_inside].abort = d[DESC_abort_inside].start + 8;
    d[DESC_abort_kernel].abort = kernel;
    d[DESC_start_kernel].start = kernel;
    d[DESC_overflow].length = -6ull;
  }
}
static u64 descriptor_pointer (int desc, int event) {
  if (desc == DESC_null) return 0;
  if (desc == DESC_ptr_kernel) return slot_address[SLOT_K];
  return desc == DESC_ptr_unmapped ? slot_address[SLOT_U] : (addr) &descriptors[event][desc];
}
static u32 section_word (u64 pointer) {
  if (pointer == 0) return SECTION_null;
  if (pointer == slot_address[SLOT_K]) return SECTION_kernel;
  if (pointer == slot_address[SLOT_U]) return SECTION_unmapped;
  if (pointer == SENTINEL) return SECTION_sentinel;
  return pointer - (addr) descriptors < sizeof descriptors ? SECTION_desc : SECTION_other;
}
static int within (addr ip, int event) {
  return ip >= (addr) code[event].start && ip < (addr) code[event].end;
}
`;
