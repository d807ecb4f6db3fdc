// The actions a function of a described program can take: one schema for each `op` of the recorded worlds.
// They stand for calls into libc, the loader and the kernel (dlopen, pthread_create, rseq ...), or for a small
// protocol of several such calls (the claims). What goes wrong here: a field that the recordings have and this
// definition has not makes a real world unreadable, so every recorded action is parsed by a test.
import * as z from 'zod';
import { asIssue, check, type Path, type PlacedFault } from './issues.js';
import { readShortActions } from './short-actions.js';

/** Names that JavaScript objects inherit; as a key they would be found where nobody wrote them. */
const inherited = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/** Whether `text` is safe as a key and has the form of a C identifier. */
export function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !inherited.has(text);
}

/** A name of an object, body, handle, thread or key: a C identifier that no JavaScript object inherits. */
export const Name = z
  .string()
  .refine(isName, { params: { expects: 'a name: letters, digits and _, not starting with a digit' } })
  .meta({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' });

/** An exported symbol of a described program. All start with `w_`, so that none is taken for one of libc's. */
export const Sym = z
  .string()
  .refine((text) => /^w_[A-Za-z0-9_]+$/.test(text), { params: { expects: 'a symbol: w_ and then letters, digits, _' } })
  .meta({ pattern: '^w_[A-Za-z0-9_]+$' });

/** Text whose spelling counts (a release, a tunable): a number is taken as it is written. */
export const Text = z.union([z.string(), z.number()]).transform(String);

/** The parts of a claimant's protocol: its constructor, its call in a thread, the undoing of both, and what tools do from outside. */
export const CLAIM_STEPS = ['init', 'register', 'unregister', 'fini', 'probe', 'restore'] as const;
export const AREAS = ['static', 'tls', 'libc', 'abi'] as const;
export const DLOPEN_FLAGS = ['now', 'lazy', 'global', 'local', 'nodelete', 'noload', 'deepbind'] as const;

/** Which memory an rseq call offers to the kernel. */
export const Area = z
  .enum(AREAS)
  .describe(
    'memory offered to the kernel: a static variable, a thread-local one, the area of libc, or the exported __rseq_abi',
  );
const Flags = z.array(z.enum(DLOPEN_FLAGS)).describe('RTLD_ flags, without the prefix');
const Code = z.int().min(0).max(255).describe('exit status, 0 to 255');
const body = Name.describe('a body of the same object');
const key = Name.describe('a thread-specific key, local to the object');
const thread = Name.describe('a thread that this object created');

/** Actions that hold no other actions. */
const FLAT = [
  z.strictObject({ op: z.literal('mark'), text: z.string().describe('text of the event') }).describe('an event only'),
  z.strictObject({ op: z.literal('call'), sym: Sym }).describe('direct call through the PLT'),
  z
    .strictObject({
      op: z.literal('dlopen'),
      file: Name.nullable().describe('object to open; null: the program itself'),
      flags: Flags,
      as: Name.describe('name of the handle'),
    })
    .describe('dlopen'),
  z
    .strictObject({
      op: z.literal('dlmopen'),
      file: Name.nullable().describe('object to open'),
      ns: Name.describe('new, base, or a handle whose namespace is used'),
      flags: Flags,
      as: Name.describe('name of the handle'),
    })
    .describe('dlmopen'),
  z.strictObject({ op: z.literal('dlclose'), handle: Name.describe('a handle of this object') }).describe('dlclose'),
  z
    .strictObject({
      op: z.literal('dlsym_call'),
      handle: Name.describe('a handle of this object, default or next'),
      sym: Sym,
    })
    .describe('look a symbol up with dlsym and call it'),
  z
    .strictObject({ op: z.literal('spawn'), as: Name.describe('name of the thread'), body })
    .describe('pthread_create; the caller waits until the body has finished'),
  z
    .strictObject({ op: z.literal('start'), as: Name.describe('name of the thread'), body })
    .describe('pthread_create; the caller goes on at once, both threads run side by side'),
  z.strictObject({ op: z.literal('join'), thread }).describe('let the thread return, then pthread_join it'),
  z
    .strictObject({ op: z.literal('detach'), thread })
    .describe('let the thread return, pthread_detach it and wait until the kernel task is gone'),
  z.strictObject({ op: z.literal('pthread_exit') }).describe('wait like the end of the body, then pthread_exit'),
  z
    .strictObject({
      op: z.literal('tsd'),
      key,
      dtor: Name.nullable().default(null).describe('body run as the destructor; null: one that does nothing'),
    })
    .describe('pthread_key_create (the first time), then pthread_setspecific'),
  z.strictObject({ op: z.literal('key_delete'), key }).describe('pthread_key_delete, if the key was created'),
  z.strictObject({ op: z.literal('tls_dtor'), body }).describe('__cxa_thread_atexit_impl'),
  z.strictObject({ op: z.literal('atexit'), body }).describe('register an exit handler'),
  z.strictObject({ op: z.literal('at_quick_exit'), body }).describe('register a handler of quick_exit'),
  z.strictObject({ op: z.literal('on_exit'), body }).describe('register an exit handler that is told the status'),
  z
    .strictObject({
      op: z.literal('atfork'),
      name: Name.describe('name of the registration'),
      prepare: body,
      parent: body,
      child: body,
    })
    .describe('pthread_atfork'),
  z.strictObject({ op: z.literal('exit'), code: Code }).describe('exit'),
  z.strictObject({ op: z.literal('_exit'), code: Code }).describe('_exit'),
  z.strictObject({ op: z.literal('quick_exit'), code: Code }).describe('quick_exit'),
  z
    .strictObject({
      op: z.literal('rseq'),
      cmd: z.enum(['register', 'unregister']),
      area: Area,
      sig: z
        .string()
        .refine((text) => /^0x[0-9a-f]{1,8}$/.test(text), { params: { expects: 'hexadecimal, as 0x53053053' } })
        .meta({ pattern: '^0x[0-9a-f]{1,8}$' })
        .exactOptional()
        .describe('signature, 0x53053053 unless given'),
    })
    .describe('the raw rseq system call, length 32'),
  z
    .strictObject({ op: z.literal('claim'), area: Area })
    .describe('leave rseq to libc if __rseq_size exists and is not 0, else register'),
  z
    .strictObject({ op: z.literal('claim_abi') })
    .describe('leave rseq alone if cpu_id of __rseq_abi is not negative, else register that area'),
  z
    .strictObject({ op: z.literal('claim_handled'), area: Area })
    .describe('a library that knows patch v12: register if __rseq_handled is missing or 0, and set it'),
  z
    .strictObject({ op: z.literal('release_handled'), area: Area.nullable().default(null) })
    .describe('unregister (unless area is null), then clear __rseq_handled if this object has set it'),
  z.strictObject({ op: z.literal('handled_info') }).describe('read __rseq_handled and cpu_id of __rseq_abi'),
  z
    .strictObject({
      op: z.literal('claim_busy_ok'),
      area: Area,
      undo: z
        .enum(['abort'])
        .exactOptional()
        .describe('abort: the key destructor ends the process when its unregistration is refused'),
    })
    .describe('register, EBUSY counts as success; a key destructor unregisters'),
  z
    .strictObject({ op: z.literal('claim_note'), area: Area })
    .describe('register, only success counts; a key destructor unregisters'),
  z
    .strictObject({
      op: z.literal('claimant'),
      who: z
        .string()
        .refine((text) => /^C-[0-9]{2}[a-z]?$/.test(text), { params: { expects: 'the number of a claimant, as C-06' } })
        .meta({ pattern: '^C-[0-9]{2}[a-z]?$' })
        .describe('a claimant with a rule, by its number'),
      step: z.enum(CLAIM_STEPS).describe('which part of its protocol is run'),
      area: Area,
    })
    .describe("one step of a claimant's protocol, as its row among the claimants says"),
  z.strictObject({ op: z.literal('rseq_info') }).describe('read __rseq_size and cpu_id at __rseq_offset'),
  z
    .strictObject({
      op: z.literal('seccomp'),
      action: z.enum(['EPERM', 'EACCES', 'ENOSYS', 'KILL']).describe('what a later rseq call gets; KILL: SIGSYS'),
    })
    .describe('install a seccomp filter on rseq in this thread; it stays, and what it creates inherits it'),
  z
    .strictObject({ op: z.literal('section') })
    .describe(
      "leave rseq_cs of libc's area at a critical section of this object; nothing interrupts the thread any more",
    ),
  z
    .strictObject({ op: z.literal('signal'), thread, body })
    .describe('pthread_kill; the handler runs as soon as the thread does not block signals'),
  z.strictObject({ op: z.literal('spin') }).describe('yield a few times, no event'),
] as const;

/** Where a forked child goes once its own actions are done. */
export const FORK_THEN = ['_exit', 'exit', 'return'] as const;

type FlatAction = z.output<(typeof FLAT)[number]>;
/** `fork`, the one action that holds actions; as it is built, before it becomes read-only. */
export interface ForkAction {
  op: 'fork';
  child: MutableAction[];
  then: (typeof FORK_THEN)[number];
}
/** `vfork`: the child runs in its parent's memory and ends by _exit. */
export interface VforkAction {
  op: 'vfork';
  child: MutableAction[];
}
export type MutableAction = FlatAction | ForkAction | VforkAction;

const Fork = z
  .strictObject({
    op: z.literal('fork'),
    get child(): z.ZodType<MutableAction[]> {
      return ActionListSchema;
    },
    // biome-ignore lint/suspicious/noThenProperty: the field's name in the recorded worlds; no promise is near
    then: z.enum(FORK_THEN).describe('after its actions the child calls _exit (0), exit (0), or returns'), // oxlint-disable-line unicorn/no-thenable
  })
  .describe('fork; the child runs its actions, the parent waits for it');

/** One action in its long form. */
const Vfork = z
  .strictObject({
    op: z.literal('vfork'),
    get child(): z.ZodType<MutableAction[]> {
      return ActionListSchema;
    },
  })
  .describe('vfork; the child runs its actions in the memory of the parent, which waits, and ends by _exit (0)');

export const ActionSchema = z.discriminatedUnion('op', [...FLAT, Fork, Vfork]).meta({ id: 'Action' });

/** The actions of one short text; what is wrong with them goes to `faults`, below `path`. */
function lengthen(text: string, path: Path, faults: PlacedFault[]): MutableAction[] {
  const { actions, problems } = readShortActions(text);
  for (const { at, length, ...fault } of problems) faults.push({ path, fault, span: { at, length } });
  return actions.flatMap(({ long, whole, fields }) => {
    const outcome = check(ActionSchema, long);
    if ('data' in outcome) return [outcome.data];
    for (const { path: field, fault } of outcome.faults) {
      faults.push({ path, fault, span: fields.get(field.join('.')) ?? whole });
    }
    return [];
  });
}

const Short = z.string().describe('short actions, separated by ;');

/** What a function does: short actions, long ones, or a mixture; what comes out is the long form. */
export const ActionListSchema: z.ZodType<MutableAction[]> = z
  .union([Short, z.array(z.union([Short, ActionSchema]))])
  .transform((written, context) => {
    const faults: PlacedFault[] = [];
    const items = typeof written === 'string' ? [written] : written;
    const actions = items.flatMap((item, i) =>
      typeof item === 'string' ? lengthen(item, typeof written === 'string' ? [] : [i], faults) : [item],
    );
    for (const fault of faults) context.addIssue(asIssue(fault, written));
    return actions;
  })
  .meta({ id: 'Actions' });

/** Every property of `T` at any depth, read-only. */
export type DeepReadonly<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** One action in its long form, told apart by `op`. */
export type Action = DeepReadonly<MutableAction>;
/** What a function does, in order. */
export type ActionList = readonly Action[];
/** The name of an action. */
export type Op = Action['op'];
