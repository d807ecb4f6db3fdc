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

/**
 * Gives a schema that nobody else holds its description, by `apply`. `describe` would make the schema a second time, and to make them
 * was most of what it took to read a small scenario.
 */
export function said(description: string): <T extends z.ZodType>(schema: T) => T {
  return (schema) => {
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description });
    return schema;
  };
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
  .apply(
    said(
      'memory offered to the kernel: a static variable, a thread-local one, the area of libc, or the exported __rseq_abi',
    ),
  );
const Flags = z.array(z.enum(DLOPEN_FLAGS)).apply(said('RTLD_ flags, without the prefix'));
const Code = z.int().min(0).max(255).apply(said('exit status, 0 to 255'));
const body = Name.describe('a body of the same object');
const key = Name.describe('a thread-specific key, local to the object');
const thread = Name.describe('a thread that this object created');

/** Actions that hold no other actions. Each is made when one of its kind is read: to make them all takes longer than to read a scenario. */
const FLAT = {
  mark: () =>
    z
      .strictObject({ op: z.literal('mark'), text: z.string().apply(said('text of the event')) })
      .apply(said('an event only')),
  call: () => z.strictObject({ op: z.literal('call'), sym: Sym }).apply(said('direct call through the PLT')),
  dlopen: () =>
    z
      .strictObject({
        op: z.literal('dlopen'),
        file: Name.nullable().apply(said('object to open; null: the program itself')),
        flags: Flags,
        as: Name.describe('name of the handle'),
      })
      .apply(said('dlopen')),
  dlmopen: () =>
    z
      .strictObject({
        op: z.literal('dlmopen'),
        file: Name.nullable().apply(said('object to open')),
        ns: Name.describe('new, base, or a handle whose namespace is used'),
        flags: Flags,
        as: Name.describe('name of the handle'),
      })
      .apply(said('dlmopen')),
  dlclose: () =>
    z
      .strictObject({ op: z.literal('dlclose'), handle: Name.describe('a handle of this object') })
      .apply(said('dlclose')),
  dlsym_call: () =>
    z
      .strictObject({
        op: z.literal('dlsym_call'),
        handle: Name.describe('a handle of this object, default or next'),
        sym: Sym,
      })
      .apply(said('look a symbol up with dlsym and call it')),
  spawn: () =>
    z
      .strictObject({ op: z.literal('spawn'), as: Name.describe('name of the thread'), body })
      .apply(said('pthread_create; the caller waits until the body has finished')),
  start: () =>
    z
      .strictObject({ op: z.literal('start'), as: Name.describe('name of the thread'), body })
      .apply(said('pthread_create; the caller goes on at once, both threads run side by side')),
  join: () =>
    z.strictObject({ op: z.literal('join'), thread }).apply(said('let the thread return, then pthread_join it')),
  detach: () =>
    z
      .strictObject({ op: z.literal('detach'), thread })
      .apply(said('let the thread return, pthread_detach it and wait until the kernel task is gone')),
  pthread_exit: () =>
    z.strictObject({ op: z.literal('pthread_exit') }).apply(said('wait like the end of the body, then pthread_exit')),
  tsd: () =>
    z
      .strictObject({
        op: z.literal('tsd'),
        key,
        dtor: Name.nullable().default(null).apply(said('body run as the destructor; null: one that does nothing')),
      })
      .apply(said('pthread_key_create (the first time), then pthread_setspecific')),
  key_delete: () =>
    z.strictObject({ op: z.literal('key_delete'), key }).apply(said('pthread_key_delete, if the key was created')),
  tls_dtor: () => z.strictObject({ op: z.literal('tls_dtor'), body }).apply(said('__cxa_thread_atexit_impl')),
  atexit: () => z.strictObject({ op: z.literal('atexit'), body }).apply(said('register an exit handler')),
  at_quick_exit: () =>
    z.strictObject({ op: z.literal('at_quick_exit'), body }).apply(said('register a handler of quick_exit')),
  on_exit: () =>
    z.strictObject({ op: z.literal('on_exit'), body }).apply(said('register an exit handler that is told the status')),
  atfork: () =>
    z
      .strictObject({
        op: z.literal('atfork'),
        name: Name.describe('name of the registration'),
        prepare: body,
        parent: body,
        child: body,
      })
      .apply(said('pthread_atfork')),
  exit: () => z.strictObject({ op: z.literal('exit'), code: Code }).apply(said('exit')),
  _exit: () => z.strictObject({ op: z.literal('_exit'), code: Code }).apply(said('_exit')),
  quick_exit: () => z.strictObject({ op: z.literal('quick_exit'), code: Code }).apply(said('quick_exit')),
  rseq: () =>
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
          .apply(said('signature, 0x53053053 unless given')),
      })
      .apply(said('the raw rseq system call, length 32')),
  claim: () =>
    z
      .strictObject({ op: z.literal('claim'), area: Area })
      .apply(said('leave rseq to libc if __rseq_size exists and is not 0, else register')),
  claim_abi: () =>
    z
      .strictObject({ op: z.literal('claim_abi') })
      .apply(said('leave rseq alone if cpu_id of __rseq_abi is not negative, else register that area')),
  claim_handled: () =>
    z
      .strictObject({ op: z.literal('claim_handled'), area: Area })
      .apply(said('a library that knows patch v12: register if __rseq_handled is missing or 0, and set it')),
  release_handled: () =>
    z
      .strictObject({ op: z.literal('release_handled'), area: Area.nullable().default(null) })
      .apply(said('unregister (unless area is null), then clear __rseq_handled if this object has set it')),
  handled_info: () =>
    z.strictObject({ op: z.literal('handled_info') }).apply(said('read __rseq_handled and cpu_id of __rseq_abi')),
  claim_busy_ok: () =>
    z
      .strictObject({
        op: z.literal('claim_busy_ok'),
        area: Area,
        undo: z
          .enum(['abort'])
          .exactOptional()
          .apply(said('abort: the key destructor ends the process when its unregistration is refused')),
      })
      .apply(said('register, EBUSY counts as success; a key destructor unregisters')),
  claim_note: () =>
    z
      .strictObject({ op: z.literal('claim_note'), area: Area })
      .apply(said('register, only success counts; a key destructor unregisters')),
  claimant: () =>
    z
      .strictObject({
        op: z.literal('claimant'),
        who: z
          .string()
          .refine((text) => /^C-[0-9]{2}[a-z]?$/.test(text), {
            params: { expects: 'the number of a claimant, as C-06' },
          })
          .meta({ pattern: '^C-[0-9]{2}[a-z]?$' })
          .apply(said('a claimant with a rule, by its number')),
        step: z.enum(CLAIM_STEPS).apply(said('which part of its protocol is run')),
        area: Area,
      })
      .apply(said("one step of a claimant's protocol, as its row among the claimants says")),
  rseq_info: () =>
    z.strictObject({ op: z.literal('rseq_info') }).apply(said('read __rseq_size and cpu_id at __rseq_offset')),
  seccomp: () =>
    z
      .strictObject({
        op: z.literal('seccomp'),
        action: z.enum(['EPERM', 'EACCES', 'ENOSYS', 'KILL']).apply(said('what a later rseq call gets; KILL: SIGSYS')),
      })
      .apply(said('install a seccomp filter on rseq in this thread; it stays, and what it creates inherits it')),
  section: () =>
    z
      .strictObject({ op: z.literal('section') })
      .apply(
        said(
          "leave rseq_cs of libc's area at a critical section of this object; nothing interrupts the thread any more",
        ),
      ),
  signal: () =>
    z
      .strictObject({ op: z.literal('signal'), thread, body })
      .apply(said('pthread_kill; the handler runs as soon as the thread does not block signals')),
  spin: () => z.strictObject({ op: z.literal('spin') }).apply(said('yield a few times, no event')),
} as const;

/** Where a forked child goes once its own actions are done. */
export const FORK_THEN = ['_exit', 'exit', 'return'] as const;

type FlatOp = keyof typeof FLAT;
type FlatSchema = ReturnType<(typeof FLAT)[FlatOp]>;
type FlatAction = z.output<FlatSchema>;
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
    then: z.enum(FORK_THEN).apply(said('after its actions the child calls _exit (0), exit (0), or returns')), // oxlint-disable-line unicorn/no-thenable
  })
  .apply(said('fork; the child runs its actions, the parent waits for it'));

/** One action in its long form. */
const Vfork = z
  .strictObject({
    op: z.literal('vfork'),
    get child(): z.ZodType<MutableAction[]> {
      return ActionListSchema;
    },
  })
  .apply(said('vfork; the child runs its actions in the memory of the parent, which waits, and ends by _exit (0)'));

const flatSchemas = new Map<FlatOp, FlatSchema>();

function flatSchema(op: FlatOp): FlatSchema {
  const made = flatSchemas.get(op) ?? FLAT[op]();
  flatSchemas.set(op, made);
  return made;
}

function anyAction() {
  const [first, ...others] = Object.keys(FLAT) as [FlatOp, ...FlatOp[]];
  const schemas = [flatSchema(first), ...others.map(flatSchema), Fork, Vfork] as const;
  return z.discriminatedUnion('op', schemas).register(z.globalRegistry, { id: 'Action' });
}

let madeSchema: ReturnType<typeof anyAction> | undefined;

/** One action in its long form, whatever it is. */
export function actionSchema(): ReturnType<typeof anyAction> {
  madeSchema ??= anyAction();
  return madeSchema;
}

/** What an action must look like, as far as its kind is known. */
function schemaOf({ op }: { readonly op?: unknown }): z.ZodType<MutableAction> {
  return typeof op === 'string' && Object.hasOwn(FLAT, op) ? flatSchema(op as FlatOp) : actionSchema();
}

/** The actions of one short text; what is wrong with them goes to `faults`, below `path`. */
function lengthen(text: string, path: Path, faults: PlacedFault[]): MutableAction[] {
  const { actions, problems } = readShortActions(text);
  for (const { at, length, ...fault } of problems) faults.push({ path, fault, span: { at, length } });
  return actions.flatMap(({ long, whole, fields }) => {
    const outcome = check(schemaOf(long), long);
    if ('data' in outcome) return [outcome.data];
    for (const { path: field, fault } of outcome.faults) {
      faults.push({ path, fault, span: fields.get(field.join('.')) ?? whole });
    }
    return [];
  });
}

const Short = z.string().apply(said('short actions, separated by ;'));

/** What a function does: short actions, long ones, or a mixture; what comes out is the long form. */
export const ActionListSchema: z.ZodType<MutableAction[]> = z
  .union([Short, z.array(z.union([Short, z.lazy(actionSchema)]))])
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
