// What editors and people read about scenarios: the JSON Schema and the reference page, both derived from the
// definitions that the parser uses. What goes wrong here: a page that was true once; so both are generated, and a
// test compares them with what would be generated now.
import * as z from 'zod';
import { actionSchema } from './action-schema.js';
import { CODES } from './diagnostics.js';
import { EVENT_KINDS } from './event-kinds.js';
import { ATOM_FORMS } from './predicate.js';
import { ExpectationSchema, ScenarioSchema } from './schema.js';
import { ALIASES, SHORT_FORMS, shortSyntax } from './short-actions.js';
import { ObjectSchema, WorldSchema } from './world-schema.js';

type Schema = z.core.JSONSchema.BaseSchema;

function jsonSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
}

/** The JSON Schema of a scenario file as it may be written, as a text that ends with a newline. */
export function scenarioJsonSchema(): string {
  const { $schema, ...rest } = jsonSchema(ScenarioSchema);
  const schema = {
    $schema,
    title: 'rtldlab scenario',
    description: 'A program, its libraries and environment, and what is claimed of it.',
    ...rest,
    anyOf: [{ required: ['exe'] }, { required: ['world'] }],
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

/** Names of JSON types that the page words otherwise. */
const NOUNS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['integer', 'number'],
  ['boolean', 'true or false'],
  ['any', 'any value'],
]);

function several(schemas: readonly unknown[] | undefined): string[] {
  return [...new Set((schemas ?? []).filter(isSchema).map(typeOf))];
}

/** The type of a field in a few words. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)?.toLowerCase() ?? 'value';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(' ');
  const forms = several(schema.anyOf ?? schema.oneOf);
  if (forms.length > 0) return forms.join(' or ');
  if (schema.type === 'array') return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list';
  if (schema.type === 'object') {
    const fields = Object.keys(schema.properties ?? {});
    if (fields.length > 0) return `{${fields.join(', ')}}`;
    return isSchema(schema.additionalProperties) ? `mapping to ${typeOf(schema.additionalProperties)}` : 'mapping';
  }
  if (schema.type === 'string') return schema.pattern === undefined ? 'text' : 'name';
  return (Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any'])
    .map((type) => NOUNS.get(type) ?? type)
    .join(' or ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Table rows of the fields of a mapping: name, type, meaning. */
function fieldRows(schema: Schema): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const property: Schema = isSchema(field) ? field : {};
    const must = required.has(name) ? ' (required)' : '';
    return `| \`${name}\` | ${cell(typeOf(property))}${must} | ${cell(property.description ?? '')} |`;
  });
}

function fieldTable(schema: z.ZodType): string[] {
  const whole = jsonSchema(schema);
  const named = whole.$ref === undefined ? undefined : whole.$defs?.[whole.$ref.split('/').at(-1) ?? ''];
  return ['| field | type | meaning |', '| --- | --- | --- |', ...fieldRows(isSchema(named) ? named : whole)];
}

function actionTable(): string[] {
  const rows = actionSchema().options.map((option) => {
    const { properties = {}, description = '' } = jsonSchema(option);
    const op = isSchema(properties.op) ? String(properties.op.const) : '';
    const form = SHORT_FORMS.has(op) ? `\`${shortSyntax(op)}\`` : 'long form only';
    const fields = Object.keys(properties).filter((name) => name !== 'op');
    return `| \`${op}\` | ${fields.map((name) => `\`${name}\``).join(' ')} | ${form} | ${cell(description)} |`;
  });
  return ['| op | fields | short | effect |', '| --- | --- | --- | --- |', ...rows];
}

const OPENING = `# Scenarios

<!-- Generated from src/scenario by scripts/generate-scenario-docs.ts: edit there. -->

A scenario is one claim about what runs before \`main\`, or around a thread's body: a program, its libraries and
environment, who wants rseq, and what must, may or must not happen. It is YAML 1.2, and therefore JSON too. The
\`world\` of a recorded run is a scenario as it stands, and so is a whole line of a recording.

\`\`\`yaml
scenario: ctor-claims-first
claim: A constructor that registers by itself owns the main thread.
libc: [patch-v12, glibc-2.36]
exe: {needed: [a, b], main: info}
objects:
  a: {ctors: [register static]}
  b: {}
vary:
  - {orders: exe.needed}
forbidden: main is owned by a
allowed: a ran ctor
expect:
  patch-v12: {forbidden: always, allowed: always}
  glibc-2.36: {forbidden: never, allowed: always}
\`\`\``;

const ACTIONS = `What a function does is a list of actions. Each is written long, \`{op: dlopen, file: b, flags: [now], as: h}\`,
or short, \`dlopen b now h\`; one text may hold several short actions, separated by \`;\`, and a list may mix both.
\`info; mark "two words"\` shows a quotation, which is JSON's. Fields in brackets may be left out. \`null\` as a
file means the program itself, as a destructor one that does nothing. A constructor without priority may be written
as its actions alone. Short names:`;

const PREDICATES = `A predicate is a sentence about one run. An atom is true from the first moment at which it has happened; one that
says that something never happens (\`untried\`, \`nobody\`, \`holds\`) is true of the whole run or not at all.

\`P before Q\` says that both happen, and P first. \`not\`, \`and\` and \`or\` join sentences. Parentheses bind most
tightly, then \`before\`, \`not\`, \`and\`, \`or\`: \`not a ran ctor before b ran ctor or P-01 broken\` reads as
\`(not (a ran ctor before b ran ctor)) or P-01 broken\`. OBJ is an object of the world, \`exe\`, \`libc\` or \`process\`; THREAD
is \`main\` or a name given by \`spawn\` or \`start\`. A detail or result that is more than one word, or one of the joining
words, is quoted as JSON quotes text.`;

const EXPECTATIONS = `A predicate stands alone or in a list, and may have a name: \`{name: owner, that: main is owned by a}\`. Of several
\`forbidden\` none may ever hold, of several \`required\` all must always hold, each \`allowed\` must hold in some run.
Every \`forbidden\` brings an \`allowed\`, so that *never* cannot be true for a dull reason. \`order\` is written as in
glibc's dso-sort tests: \`b>a>{}<a<b\` is the constructors of b and a, main, and the destructors of a and b; of several
orders one must happen. Verdicts by semantics:`;

const VARY = `Each family multiplies the scenario's members; the first varies slowest. A path goes through the world in its normal
form (actions long, constructors \`{prio, do}\`), with dots and list indices from 0: \`objects.a.ctors.0.do\`. Behind
\`tunables\` the rest of the path is one name.

| family | members |
| --- | --- |
| \`{orders: PATH}\` | every distinct order of the list there, the written one first |
| \`{onoff: PATH}\` | nothing there, then \`true\` (or \`value\`) |
| \`{oneof: PATH, values: {label: value}}\` | each value there |`;

/** The reference page, Markdown, as a text that ends with a newline. */
export function scenarioReference(): string {
  const aliases = [...ALIASES].map(([alias, words]) => `\`${alias}\` is \`${words.join(' ')}\``).join(', ');
  const codes = Object.entries(CODES).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`);
  const sections: readonly (readonly string[])[] = [
    [OPENING],
    ['## The document', '', ...fieldTable(ScenarioSchema)],
    ['## World', '', ...fieldTable(WorldSchema)],
    ['## Object', '', ...fieldTable(ObjectSchema)],
    ['## Actions', '', `${ACTIONS} ${aliases}.`, '', ...actionTable()],
    ['## Predicates', '', PREDICATES, '', '| sentence | true when |', '| --- | --- |'],
    ['## Event kinds', '', `${EVENT_KINDS.map((kind) => `\`${kind}\``).join(' ')}`],
    ['## Expectations', '', EXPECTATIONS, '', ...fieldTable(ExpectationSchema)],
    ['## Families', '', VARY],
    ['## Diagnostics', '', 'A code keeps its meaning for ever.', '', '| code | meaning |', '| --- | --- |', ...codes],
  ];
  const atoms = ATOM_FORMS.map(([form, meaning]) => `| \`${cell(form)}\` | ${cell(meaning)} |`);
  return `${sections
    .map((lines) => (lines[0] === '## Predicates' ? [...lines, ...atoms] : lines).join('\n'))
    .join('\n\n')}\n`;
}

/** The generated files, by path from the top of the project. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['schema/scenario.schema.json', scenarioJsonSchema()],
    ['docs/reference/scenario.md', scenarioReference()],
  ]);
}
