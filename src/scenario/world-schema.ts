// A described program: an executable, its shared objects and the environment it starts in, in the format of the
// recorded worlds; beside it the static facts of linked files and the event stream. An object stands for an ELF
// file (objects.a is the file a.so), a list such as `ctors` for its .init_array. What goes wrong here: a name that
// two readers understand differently (`ctors` without `prio` stand after those with one, whatever their place).
import * as z from 'zod';
import { ActionListSchema, type DeepReadonly, type MutableAction, Name, Sym, said, Text } from './action-schema.js';
import { asIssue, check } from './issues.js';

const names = z.array(Name);

/** One entry of .init_array or .fini_array; only actions: default priority. */
const ArrayEntry = z
  .union([
    z.strictObject({
      prio: z.int().min(0).max(65535).exactOptional().apply(said('priority of the attribute; without it the default')),
      do: ActionListSchema.exactOptional().apply(said('what the function does')),
    }),
    z.string().transform(onlyActions),
  ])
  .apply(said('a constructor or destructor function'));

function onlyActions(text: string, context: z.RefinementCtx): { prio?: number; do?: MutableAction[] } {
  const outcome = check(ActionListSchema, text);
  if ('data' in outcome) return { do: outcome.data };
  for (const fault of outcome.faults) context.addIssue(asIssue(fault, text));
  return {};
}

export const OBJECT_FLAGS = ['initfirst', 'nodelete', 'now', 'interpose', 'rdynamic', 'symbolic'] as const;
export const AUDIT_CALLBACKS = [
  'la_version',
  'la_objopen',
  'la_objclose',
  'la_objsearch',
  'la_activity',
  'la_preinit',
  'la_symbind',
] as const;

/** Fields of an object that only the executable can have. */
export const EXE_ONLY = ['kind', 'soname', 'preinit', 'main', 'exit_code'] as const;

const ObjectFields = z.strictObject({
  kind: z
    .enum(['pie', 'nopie', 'static', 'static-pie'])
    .exactOptional()
    .apply(said('exe only: how it is linked (pie)')),
  soname: Name.exactOptional().apply(
    said('exe only: its own DT_SONAME (c means c.so; libc, without start files, is libc.so.6 itself)'),
  ),
  needed: names.exactOptional().apply(said('objects in DT_NEEDED order')),
  handled: z
    .enum(['define', 'copy'])
    .exactOptional()
    .apply(
      said('define: defines __rseq_handled = 0; copy: refers to it strongly (a copy relocation in an executable)'),
    ),
  libc: z.boolean().exactOptional().apply(said('false: linked with neither libc nor the start files')),
  absent: z.boolean().exactOptional().apply(said('named by others but not on disk')),
  flags: z
    .array(z.enum(OBJECT_FLAGS))
    .exactOptional()
    .apply(said('the -z flags; rdynamic: an exe exports its symbols')),
  preinit: z.array(ActionListSchema).exactOptional().apply(said('exe only: the entries of .preinit_array')),
  init: ActionListSchema.exactOptional().apply(said('the function named by DT_INIT')),
  fini: ActionListSchema.exactOptional().apply(said('the function named by DT_FINI')),
  ctors: z.array(ArrayEntry).exactOptional().apply(said('constructor functions')),
  dtors: z.array(ArrayEntry).exactOptional().apply(said('destructor functions')),
  funcs: z.record(Sym, ActionListSchema).exactOptional().apply(said('exported functions')),
  ifuncs: z
    .record(
      Sym,
      z.strictObject({
        resolver: ActionListSchema.describe('run when the symbol is resolved'),
        impl: ActionListSchema.describe('run when the symbol is called'),
        hidden: z.boolean().exactOptional().apply(said('not exported: resolved by R_X86_64_IRELATIVE')),
      }),
    )
    .exactOptional()
    .apply(said('STT_GNU_IFUNC symbols')),
  refs: z
    .array(
      z.strictObject({
        sym: Sym,
        how: z
          .enum(['data', 'call'])
          .apply(said('data: R_X86_64_64 in a static initialiser; call: R_X86_64_JUMP_SLOT')),
      }),
    )
    .exactOptional()
    .apply(said('references that are relocated but never used')),
  bodies: z
    .record(Name, ActionListSchema)
    .exactOptional()
    .apply(said('thread bodies and handlers, local to the object')),
  audit: z
    .strictObject({
      callbacks: z
        .partialRecord(z.enum(AUDIT_CALLBACKS), ActionListSchema)
        .apply(said('the functions of the audit interface that the module has')),
      version: z.int().min(0).exactOptional().apply(said('what la_version returns; without it, its argument')),
    })
    .exactOptional()
    .apply(said('makes the object usable as an audit module')),
  filter: names
    .exactOptional()
    .apply(said('DT_FILTER: filtees searched before this object; a missing one is an error')),
  auxiliary: names.exactOptional().apply(said('DT_AUXILIARY: as filter, a missing one is ignored')),
  dt_audit: names
    .exactOptional()
    .apply(said('DT_AUDIT: audit modules the object asks for; only the executable is heard')),
  dt_depaudit: names.exactOptional().apply(said('DT_DEPAUDIT: as dt_audit, after it')),
  static_tls: z
    .int()
    .min(0)
    .exactOptional()
    .apply(said('bytes of thread-local storage reached by the initial-exec model, beside what its actions use')),
  hidden: z.array(Sym).exactOptional().apply(said('own functions that are not exported')),
  protected: z.array(Sym).exactOptional().apply(said('own functions that the object itself always binds to itself')),
  weak: z
    .array(Sym)
    .exactOptional()
    .apply(said('own functions defined weak, which matters under LD_DYNAMIC_WEAK only')),
  versions: z.record(Sym, Name).exactOptional().apply(said('symbol versions of own functions')),
  wants: z.record(Sym, Name).exactOptional().apply(said('symbol versions that references of this object ask for')),
  main: ActionListSchema.exactOptional().apply(said('exe only: what main does')),
  exit_code: z.int().min(0).max(255).exactOptional().apply(said('exe only: what main returns (0)')),
});

/** One ELF file of a described program. */
export const ObjectSchema = ObjectFields.meta({ id: 'Object' });

export const WorldSchema = z.strictObject({
  exe: ObjectSchema.describe('the executable'),
  objects: z.record(Name, ObjectSchema).default({}).apply(said('shared objects by name; a is the file a.so')),
  preload: names.exactOptional().apply(said('LD_PRELOAD; a name that is no object does not exist on disk')),
  audit: names.exactOptional().apply(said('LD_AUDIT; a name that is no object does not exist on disk')),
  ld_so_preload: names.exactOptional().apply(said('/etc/ld.so.preload')),
  dynamic_weak: z.boolean().exactOptional().apply(said('LD_DYNAMIC_WEAK=1')),
  secure: z
    .boolean()
    .exactOptional()
    .apply(said('AT_SECURE: LD_PRELOAD, LD_AUDIT, LD_DYNAMIC_WEAK and tunables do not count')),
  tunables: z.record(z.string(), Text).exactOptional().apply(said('GLIBC_TUNABLES')),
  bind_now: z.boolean().exactOptional().apply(said('LD_BIND_NOW=1')),
  link_with: Text.exactOptional().apply(said('linked against this older glibc')),
  via_ldso: z.boolean().exactOptional().apply(said('started as ld.so ./exe')),
});

/** Static facts of one linked file. */
export const ElfFactsSchema = z.strictObject({
  type: z.enum(['dyn', 'exec']).apply(said('e_type')),
  needed: z.array(z.string()).apply(said('all of DT_NEEDED, file names, in order')),
  init: z.boolean().apply(said('DT_INIT exists')),
  fini: z.boolean().apply(said('DT_FINI exists')),
  init_array: z.int().min(0).apply(said('number of entries')),
  fini_array: z.int().min(0).apply(said('number of entries')),
  preinit_array: z.int().min(0).apply(said('number of entries')),
  flags_1: z.array(z.string()).apply(said('names of the bits of DT_FLAGS_1')),
  bind_now: z.boolean().apply(said('relocated at load time')),
  tls: z.boolean().apply(said('has PT_TLS')),
  relocs: z.array(z.tuple([z.string(), z.string(), z.string()])).apply(said('[table, type, symbol] in file order')),
});

/** One line of an event stream; fields that would be empty are left out. */
export const EventSchema = z.strictObject({
  t: z.int().min(1).apply(said('thread or forked process, by first appearance; 1 is the initial thread')),
  obj: z.string().apply(said('object whose code emitted it; libc, or process')),
  inst: z.int().min(1).exactOptional().apply(said('which loaded instance of the object')),
  kind: z.string(),
  detail: z.string().exactOptional(),
  result: z.string().exactOptional(),
});

/** One line of a recording. */
export const RecordingSchema = z.strictObject({
  id: z.string(),
  world: WorldSchema,
  elf: z.record(z.string(), ElfFactsSchema).exactOptional(),
  events: z.array(EventSchema).exactOptional(),
});

/** A described program: executable, objects, environment. */
export type World = DeepReadonly<z.output<typeof WorldSchema>>;
/** One ELF file of a described program; the executable's own fields are allowed too. */
export type WorldObject = DeepReadonly<z.output<typeof ObjectSchema>>;
/** Static facts of one linked file. */
export type ElfFacts = DeepReadonly<z.output<typeof ElfFactsSchema>>;
/** One event, as a recorder writes it and as `run` predicts it. */
export type RecordedEvent = DeepReadonly<z.output<typeof EventSchema>>;
/** One line of a recording: what was run, and what happened. */
export type Recording = DeepReadonly<z.output<typeof RecordingSchema>>;
/** The functions of the audit interface that a module can have. */
export type AuditCallback = (typeof AUDIT_CALLBACKS)[number];
