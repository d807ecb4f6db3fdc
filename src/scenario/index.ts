/**
 * The scenario floor: texts of claims about what runs before main, and the worlds they describe. Imports no floor.
 *
 * What can go wrong: reaching past this door; the files behind it move.
 */
export { AREAS, DLOPEN_FLAGS, FORK_THEN } from './action-schema.js';
export { CODES, type Code, type Diagnostic, type Fault, nearestName, renderDiagnostic } from './diagnostics.js';
export { EVENT_KINDS } from './event-kinds.js';
export { actionListsOf, actionsOf, checkWorldNames, threadNames } from './names.js';
export { parseOrder, printOrder } from './order.js';
export { type Parsed, type ParseOptions, parseScenario, readScenario } from './parse.js';
export { parsePredicate, printPredicate } from './predicate.js';
export { printScenario } from './print.js';
export { parseRecordings } from './recordings.js';
export { generatedFiles, scenarioJsonSchema, scenarioReference } from './reference.js';
export type * from './schema.js';
export { printShortAction, readShortActions } from './short-actions.js';
export { expandVary, MEMBERS_MAX, type Member, valueAt } from './vary.js';
export { holds, holdsOf, observe, observeViolation, type Watch, watch } from './watch.js';
