/**
 * `rtldlab run FILE --why N`: which procedures of glibc put an event where it is, outermost first, each with the function it stands
 * for.
 *
 * What can go wrong: a number taken from another run. Another libc or seed gives other numbers, so the answer repeats the event.
 */
import type { KernelFeatures } from '../kernel/index.js';
import type { Build } from '../process/builds.js';
import type { Why } from '../process/why.js';
import { quoted } from './complaint.js';
import { columns } from './layout.js';
import type { Session } from './session.js';
import { type NamedWorld, type Schedule, why } from './worlds.js';

/** What a world runs on. */
export interface Place {
  readonly libc: Build;
  readonly kernel: KernelFeatures;
}

export interface WhyAsked {
  /** Of the event, from 1. */
  readonly number: number;
  readonly schedule: Schedule;
  readonly json: boolean;
}

function whyText(id: string, { libc }: Place, { seq, event, rules }: Why): string {
  const { t, obj, kind, detail = '', result = '' } = event;
  const what = [obj, kind, detail, result].filter((word) => word !== '').join(' ');
  const rows = rules.map(({ lifecycle, phase, source }) => [`${lifecycle}.${phase}`, source]);
  return `${columns([[`${id} under ${libc.name}: event ${seq}, T${t} ${what}`]])}\n\n${columns(rows, '  ')}\n`;
}

/** Tell of one event of a world's schedule. */
export function tellWhy(session: Session, named: NamedWorld, place: Place, asked: WhyAsked): void {
  const { id } = named;
  const told = why(named, place.libc, place.kernel, asked.number, asked.schedule);
  if ('events' in told) {
    const message = `${quoted(id)} has no event ${asked.number} under ${place.libc.name}`;
    session.complain({ code: 'C023', message, expected: `a number from 1 to ${told.events}` });
  } else if (asked.json) session.line(JSON.stringify({ schema: 'rtldlab.why/1', id, ...told }));
  else if ('unsupported' in told) session.line(`${columns([[id, `unsupported: ${told.unsupported}`]])}`);
  else session.line(whyText(id, place, told));
}
