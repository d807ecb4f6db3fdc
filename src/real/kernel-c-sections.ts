/**
 * The restartable sequences of a played script and their descriptors, good and bad, in C and assembler. They stand for the
 * sequences of the program that made the recordings; which descriptors there are is told in `src/kernel/script-format.ts`.
 *
 * What can go wrong: an address that differs from the model's. A script can store a word over half of a descriptor's address, and
 * what the kernel makes of the other half depends on it; so text and table lie where the model has them (`script-image.ts`).
 */
import { descriptorNames, pointerValues, sectionEvents } from '../kernel/script-format.js';
import { imageAddress, sequenceLayout, signature } from '../kernel/script-image.js';

/** The words for what `rseq_cs` holds, in the order of the driver's numbers. */
export const sectionWords = [...pointerValues, 'desc', 'other'] as const;

/** What happens inside the sequence of each event; rdx, rcx, r8 are its arguments. */
const inside: Readonly<Record<(typeof sectionEvents)[number], string>> = {
  none: 'nop',
  sleep: 'mov %rdx, %rdi; xor %esi, %esi; mov $35, %eax; syscall',
  signal: 'mov %rdx, %rdi; mov %rcx, %rsi; mov %r8, %rdx; mov $234, %eax; syscall',
  alarm: '1: pause; dec %rcx; jz 2f; cmpl $0, (%rdx); je 1b; 2: nop',
};

const { size, end, abort } = sequenceLayout;

/** One sequence. Returns 0 at its end and 1 from its abort handler, before which the signature stands in an undefined instruction. */
const sequence = (body: string, n: number): string => {
  const at = (offset: number) => `.org rtldlab_text + ${n * size + offset}, 0x90; `;
  return `${body}; ${at(end)}xor %eax, %eax; ret; ${at(abort - 7)}.byte 0x0f, 0xb9, 0x3d; .long ${signature}; mov $1, %eax; ret; ${at(size)}`;
};

/** The text: a sequence for each event, and one that nobody runs. */
const text = [...sectionEvents.map((event) => inside[event]), 'nop'].map(sequence).join('');

export const sectionsSource = `
#define EVENTS ${sectionEvents.length}
#define TEXT ${imageAddress.text}ul
#define TABLE ${imageAddress.table}ul
enum { ${sectionEvents.map((event) => `EVENT_${event}`).join(', ')} };
enum { ${descriptorNames.map((name) => `DESC_${name}`).join(', ')}, DESCRIPTORS };
enum { ${sectionWords.map((word) => `SECTION_${word}`).join(', ')} };

__asm__ (".pushsection .rodata; rtldlab_text: ${text} .popsection");
extern const char rtldlab_text[] __attribute__ ((visibility ("hidden")));
static addr start_of (int event) { return TEXT + event * ${size}; }
static addr end_of (int event) { return start_of (event) + ${end}; }
static addr abort_of (int event) { return start_of (event) + ${abort}; }
static int within (addr ip, int event) { return ip >= start_of (event) && ip < end_of (event); }

/* Store the descriptor's address, an ordinary store that may fault, and go to the start of a sequence. */
long run_sequence (void *rseq_cs, u64 descriptor, u64 argument, u64 second, u64 third, addr start);
__asm__ (".text; run_sequence: mov %rsi, (%rdi); jmp *%r9");

struct descriptor { u32 version, flags; u64 start, length, abort; };
static struct descriptor *const descriptors = (void *) TABLE;

static struct descriptor whole (int event) {
  return (struct descriptor) { 0, 0, start_of (event), ${end}, abort_of (event) };
}
static void *map_at (addr at) {
  return mmap ((void *) at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}
static void map_text (void) {
  if (map_at (TEXT) != (void *) TEXT || map_at (TABLE) != (void *) TABLE) trouble ("mmap of the text");
  memcpy ((void *) TEXT, rtldlab_text, (EVENTS + 1) * ${size});
  for (int event = 0; event < EVENTS; event++) {
    struct descriptor *d = descriptors + event * DESCRIPTORS;
    for (int i = 0; i < DESCRIPTORS; i++) d[i] = whole (event);
    d[DESC_out] = d[DESC_out_version1] = d[DESC_out_flags1] = whole (EVENTS);
    d[DESC_in_version1].version = d[DESC_out_version1].version = 1;
    d[DESC_in_flags1].flags = d[DESC_out_flags1].flags = 1;
    d[DESC_abort_inside].abort = d[DESC_abort_inside].start + 8;
    d[DESC_abort_kernel].abort = slot_address[SLOT_K];
    d[DESC_start_kernel].start = slot_address[SLOT_K];
    d[DESC_overflow].length = -6ull;
    memset (d + DESC_ptr_kernel, 0, (DESCRIPTORS - DESC_ptr_kernel) * sizeof *d);   /* those are not in the table */
  }
  mprotect ((void *) TEXT, PAGE, PROT_READ | PROT_EXEC);
  mprotect ((void *) TABLE, PAGE, PROT_READ);
}
static u64 descriptor_pointer (int desc, int event) {
  if (desc == DESC_null) return 0;
  if (desc == DESC_ptr_kernel) return slot_address[SLOT_K];
  return desc == DESC_ptr_unmapped ? slot_address[SLOT_U] : (addr) (descriptors + event * DESCRIPTORS + desc);
}
static u32 section_word (u64 pointer) {
  if (pointer == 0) return SECTION_null;
  if (pointer == slot_address[SLOT_K]) return SECTION_kernel;
  if (pointer == slot_address[SLOT_U]) return SECTION_unmapped;
  if (pointer == SENTINEL) return SECTION_sentinel;
  return pointer - TABLE < PAGE ? SECTION_desc : SECTION_other;
}
`;
