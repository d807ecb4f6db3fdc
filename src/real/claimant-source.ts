/**
 * A claimant with a rule as C: the same questions, stores and calls, in the order of its rule, with its variables where real code
 * has them: one set an object, a note and a count a thread. Stands for the registration code of librseq and tcmalloc that the
 * rows of src/rseq quote.
 *
 * What can go wrong: an order of the C that is not the order of the model's phases (src/process/rseq-actions-claimant.ts). Every
 * phase that another thread may see is one statement here, in the same place.
 */
import type { ClaimRule } from '../rseq/claimants.js';
import type { Action } from '../scenario/action-schema.js';

type ClaimantAction = Extract<Action, { op: 'claimant' }>;

/** The C name of what belongs to a claimant that offers an area. */
export const claimantName = (who: string, area: string): string => `${who.replace('-', '')}_${area}`;

/** What a claimant's code refers to besides libc. */
export function claimantNeeds({ once }: ClaimRule, steps: ReadonlySet<string>): readonly string[] {
  return [
    ...(once === 'symbols' || once === 'size' ? ['NEED_SIZE'] : []),
    ...(steps.has('restore') ? ['NEED_LIBC_AREA'] : []),
  ];
}

const when = (holds: boolean, text: string): string => (holds ? text : '');

/** The functions of one claimant in one object, one for each step that the object takes. */
export function claimantSource(
  { who, area }: Pick<ClaimantAction, 'who' | 'area'>,
  rule: ClaimRule,
  steps: ReadonlySet<string>,
): string {
  const id = claimantName(who, area);
  const counts = rule.asks === 'own-count' || rule.asks === 'shared-count';
  const count = rule.asks === 'shared-count' ? '__rseq_refcount' : `n_${id}`;
  const tell = (result: string) => `ev ("claimant", detail, "${result}")`;
  const call = (unregister: 0 | 1) => `rseq_ (${unregister}, AREA_${area}, SIG, "${area}")`;
  const initialExec = '__attribute__ ((tls_model ("initial-exec")))';
  const variables = [
    `static struct { int decided, owner, lock, worked, slow; } c_${id};`,
    `static __thread int own_${id} ${initialExec};`,
    when(rule.asks === 'own-count', `static __thread int n_${id} ${initialExec};`),
    when(
      rule.asks === 'shared-count',
      'extern __thread int __rseq_refcount; __attribute__ ((weak, tls_model ("initial-exec"))) __thread int __rseq_refcount;',
    ),
  ];
  const owner = `${when(rule.once === 'symbols' || rule.once === 'size', '!&__rseq_size')}${when(rule.once === 'size', ' || !__rseq_size')}`;
  const takeTurn = `  while (__atomic_exchange_n (&c_${id}.lock, 1, 5)) sys6 (24, 0, 0, 0, 0, 0, 0);
  if (c_${id}.decided) { __atomic_store_n (&c_${id}.lock, 0, 5); return 1; }
${when(rule.guard === 'flag-first', `  __atomic_store_n (&c_${id}.decided, 1, 5);\n`)}`;
  const decide = `static inline U int decide_${id} (int init, const char *detail) {
  if (${rule.guard === 'none' ? '!init || ' : ''}__atomic_load_n (&c_${id}.decided, 5)) return 1;
${when(rule.guard !== 'none', takeTurn)}${
  rule.once === 'first-try'
    ? '  return 0;\n'
    : `  c_${id}.owner = ${owner === '' ? '0' : owner};
  __atomic_store_n (&c_${id}.decided, 1, 5);
  __atomic_store_n (&c_${id}.lock, 0, 5);
  if (init) ev ("claimant", detail, c_${id}.owner ? "owner" : "defers");
  return 1;
`
}}`;
  const afterwards = `static inline U void settled_${id} (const char *detail) {
${when(rule.once === 'first-try', `  if (!c_${id}.decided) { __atomic_store_n (&c_${id}.decided, 1, 5); __atomic_store_n (&c_${id}.lock, 0, 5); }\n`)}}
static inline U void store_${id} (const char *detail) {
${when(rule.stores !== 'nothing', `  if (c_${id}.slow) { *(volatile unsigned *) &AREA_${area}->cpu_id = -2u; ${tell('stores cpu_id')}; }\n`)}${when(rule.stores === 'slab', `  else { *(volatile unsigned *) &AREA_${area}->cpu_start = 0xc0000000u; ${tell('stores cpu_id_start')}; }\n`)}}`;
  const refused = `    ${when(counts, `${count}--; `)}${tell('refused')};
${when(rule.onRefusal === 'abort-after-success', `    if (c_${id}.worked) abort ();\n`)}${when(rule.onRefusal === 'mode', `    if (c_${id}.decided) abort ();\n    c_${id}.slow = 1;\n`)}`;
  const ask = `static inline U void ask_${id} (const char *detail) {
${when(!counts, `  if (own_${id}) { ${tell('again')}; settled_${id} (detail); return; }\n`)}${when(rule.asks === 'cpu-id', `  if (*(volatile int *) &AREA_${area}->cpu_id >= 0) { ${tell('shares')}; settled_${id} (detail); return; }\n`)}${when(counts, `  if (${count}++) { ${tell('shares')}; settled_${id} (detail); return; }\n`)}${when(rule.signals === 'blocked', '  ul all = -1ul, old;\n  sys6 (14, 0, (long) &all, (long) &old, 8, 0, 0);\n')}  if (${call(0)}) {
${refused}  } else {
    own_${id} = 1; c_${id}.worked = 1;
    ${tell('owns')};
  }
  settled_${id} (detail);
${when(rule.signals === 'blocked', '  sys6 (14, 2, (long) &old, 0, 8, 0, 0);\n')}}`;
  const register = `static inline U void register_${id} (void) {
  const char *detail = "${who} register";
${
  rule.once === 'never'
    ? `  ask_${id} (detail);\n`
    : `  if (!decide_${id} (0, detail)) { ask_${id} (detail); store_${id} (detail); return; }
${
  rule.once === 'first-try'
    ? `  if (!c_${id}.slow) ask_${id} (detail);\n  store_${id} (detail);\n`
    : `  if (c_${id}.owner${rule.whenOwner === 'register' ? '' : ' && 0'}) { ask_${id} (detail); return; }
  ev ("claimant", detail, c_${id}.owner ? "goes without" : "defers");
`
}`
}}`;
  const first =
    rule.once === 'first-try' ? `  if (!decide_${id} (0, detail)) { ask_${id} (detail); store_${id} (detail); }\n` : '';
  const init = `static inline U void init_${id} (void) {
  const char *detail U = "${who} init";
${first}${when(rule.once !== 'never' && first === '', `  decide_${id} (1, detail);\n`)}}`;
  const kept = `{ ${tell('kept')}; return; }`;
  const unregister = `static inline U void unregister_${id} (void) {
  const char *detail = "${who} unregister";
${when(rule.undo === 'own', `  if (!own_${id}) ${kept}\n`)}${when(rule.undo === 'last', `  if (!${counts ? count : '0'}) ${kept}\n${when(counts, `  if (--${count}) { ${tell('left')}; return; }\n`)}`)}  if (${call(1)} == 0) { own_${id} = 0; ${tell('released')}; return; }
${when(rule.failedUndo === 'recount' && counts, `  ${count}++;\n`)}  ${tell(rule.failedUndo === 'recount' ? 'recounted' : 'refused')};
${when(rule.failedUndo === 'abort', '  abort ();\n')}}`;
  const fini = `static inline U void fini_${id} (void) {\n  c_${id}.decided = 0; c_${id}.owner = 0;\n  ev ("claimant", "${who} fini", "reset");\n}`;
  // What is restored lies where the old libc lay: its page is given back as it was, once the kernel has seen it gone.
  const restore = `static inline U void restore_${id} (void) {
  const char *detail = "${who} restore";
  static char saved[8192];
  struct area *a = libc_area ();
${when(rule.undo === 'own', '  if (a && *(volatile int *) &a->cpu_id >= 0) rseq_ (1, a, SIG, "libc");\n')}  if (a) {
    ul at = (ul) a & -4096ul, size = (((ul) a + 31) & -4096ul) + 4096 - at;
    for (ul i = 0; i < size; i++) saved[i] = ((volatile char *) at)[i];
    sys6 (11, at, size, 0, 0, 0, 0);
    sys6 (9, at, size, 3, 0x32, -1, 0);
    for (ul i = 0; i < size; i++) ((volatile char *) at)[i] = saved[i];
  }
  ev ("claimant", detail, ${call(0)} ? "refused" : "restored");
}`;
  const parts = [
    ...variables,
    when(rule.once !== 'never', decide),
    afterwards,
    ask,
    register,
    init,
    unregister,
    fini,
    when(steps.has('restore'), restore),
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}
