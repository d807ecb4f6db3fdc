/**
 * The table of procedures by name: through it a lower floor reaches an upper one, as libc's exit reaches the loader's finalisers
 * through a pointer in the real thing.
 *
 * What can go wrong: a name that is called and not here; the interpreter throws and says which.
 */
import { giveUp } from '../libc/end.js';
import { cxaFinalize, exit, quickExit, runTlsDtors } from '../libc/exit.js';
import { startMain } from '../libc/start.js';
import { deallocateTsd, pthreadCreate, startThread } from '../libc/thread.js';
import { notify } from '../loader/audit.js';
import { loadAuditModule } from '../loader/auditload.js';
import { mapDependencies } from '../loader/deps.js';
import { closeWorkerLifecycle, dlclose } from '../loader/dlclose.js';
import { dlopen } from '../loader/dlopen.js';
import { finaliseStatic, finalizeHandlers, finiObject, loaderFini, tellPreinit } from '../loader/fini.js';
import { initExecutable, initLibpthread, initObject, runInit } from '../loader/init.js';
import { mapObject } from '../loader/map.js';
import { relocateObject } from '../loader/relocate.js';
import { rtld } from '../loader/rtld.js';
import { startStatic } from '../loader/static.js';
import { symbind } from '../loader/symbind.js';
import type { Lifecycle } from '../machine/lifecycle.js';
import type { Lifecycles } from '../machine/step.js';
import { callSymbol, dlsymCall, registerTlsDtor, releaseTlsDtor } from './calls.js';
import { functionCall } from './code.js';
import { forkAndWait } from './fork.js';
import { awaitThread, pthreadExit, spawn, threadBody } from './gates.js';
import {
  claim,
  claimAbi,
  claimBusyOk,
  claimHandled,
  claimNote,
  handledInfo,
  releaseHandled,
  rseqInfo,
} from './rseq-actions.js';
import { claimant } from './rseq-actions-claimant.js';
import { vforkAndWait } from './vfork.js';

const all: readonly Lifecycle[] = [
  rtld,
  startStatic,
  loadAuditModule,
  mapObject,
  mapDependencies,
  relocateObject,
  symbind,
  notify,
  runInit,
  initObject,
  initExecutable,
  initLibpthread,
  finiObject,
  finalizeHandlers,
  finaliseStatic,
  loaderFini,
  tellPreinit,
  dlopen,
  dlclose,
  closeWorkerLifecycle,
  startMain,
  exit,
  quickExit,
  runTlsDtors,
  cxaFinalize,
  pthreadCreate,
  startThread,
  giveUp,
  deallocateTsd,
  functionCall,
  callSymbol,
  dlsymCall,
  registerTlsDtor,
  releaseTlsDtor,
  spawn,
  threadBody,
  awaitThread,
  pthreadExit,
  forkAndWait,
  vforkAndWait,
  claim,
  claimAbi,
  claimHandled,
  releaseHandled,
  claimBusyOk,
  claimNote,
  claimant,
  rseqInfo,
  handledInfo,
];

export const lifecycles: Lifecycles = new Map(all.map((l) => [l.name, l]));
