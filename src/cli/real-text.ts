/**
 * What `rtldlab real` prints for a person: who answered, a line a world, and where the machine and the model part, side by side.
 *
 * What can go wrong: two columns in which the eye cannot find the place; the event that differs is marked, a few before it are
 * context, and the rule that predicted otherwise stands below with its source.
 */
import type { Asked, EventDifference, FileDifference, Machine, Told } from '../real/index.js';
import type { RecordedEvent } from '../scenario/index.js';
import { columns, counted } from './layout.js';

/** Events shown before the one that differs, and after it. */
const BEFORE = 4;
const AFTER = 2;

/** Who answers, and as what it is predicted. */
export function machineText(machine: Machine, asked: Asked | string): string {
  const { processor, kernel, libc, assumed, compiler, linker, tunables } = machine;
  const as =
    typeof asked === 'string'
      ? asked
      : `predicted as ${asked.build.name} on Linux ${asked.kernel.name}${assumed === true ? ' (the packager is not known)' : ''}`;
  const set = Object.entries(tunables).map(([name, value]) => `${name}=${value}`);
  const rows = [
    ['machine', `${processor}, Linux ${kernel}`],
    ['libc', `${libc}; ${as}`],
    ['compiler', `${compiler}; ${linker}`],
    ['tunables', set.length === 0 ? 'not listed by this loader' : set.join(' ')],
  ];
  return `${columns(rows)}\n`;
}

function eventText(event: RecordedEvent | undefined): string {
  if (event === undefined) return '(nothing more)';
  const { t, obj, inst = 1, kind, detail = '', result = '' } = event;
  const words = [`T${t}`, inst === 1 ? obj : `${obj}#${inst}`, kind, detail, result];
  return words.filter((word) => word !== '').join(' ');
}

function eventRows({ at, real, model, rules }: EventDifference): string {
  const first = Math.max(0, at - 1 - BEFORE);
  const rows = [['', '', 'real', 'model']];
  for (let i = first; i < at + AFTER && (real[i] !== undefined || model[i] !== undefined || i === at - 1); i++)
    rows.push([i === at - 1 ? '>' : '', String(i + 1), eventText(real[i]), eventText(model[i])]);
  const told = rules.map(({ lifecycle, phase, source }) => [`${lifecycle}.${phase}`, source]);
  const because = told.length === 0 ? [] : ['', '  the model says so in', columns(told, '    ')];
  return [columns(rows, '  '), ...because].join('\n');
}

function fileRow({ file, fact, real, model }: FileDifference): string[] {
  return [`${file}: ${fact}`, `real ${JSON.stringify(real)}`, `model ${JSON.stringify(model)}`];
}

/** What came of one world. */
export function toldText(id: string, told: Told): string {
  const head = (what: string, more: string) => columns([[what.padEnd(11), id, more]]);
  switch (told.outcome) {
    case 'equal':
      return head('equal', counted(told.events, 'event'));
    case 'skipped':
      return head('skipped', `because ${told.reason}`);
    case 'unsupported':
      return head('unsupported', told.reason);
    case 'unproven':
      return head('not proven', told.reason);
    case 'different': {
      const files = told.files.length === 0 ? [] : [columns(told.files.map(fileRow), '  ')];
      const events = told.events === undefined ? [] : [eventRows(told.events)];
      return [head('DIFFERENT', ''), ...files, ...events, ''].join('\n');
    }
  }
}
