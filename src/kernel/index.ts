/**
 * The kernel floor: tasks, the rseq slot, and what user space can see of them. It imports no other floor.
 *
 * What can go wrong: reaching past this door; the files behind it move.
 */
export * from './abi.js';
export * from './call.js';
export { fixUpSection, type SectionFault } from './critical-section.js';
export * from './decision.js';
export * from './discovery.js';
export * from './exit-duties.js';
export * from './features.js';
export * from './lifetime.js';
export * from './memory.js';
export * from './numbers.js';
export * from './refresh.js';
export * from './releases.js';
export {
  diagnosticLine,
  type KernelFileResult,
  type KernelScripts,
  type NamedResult,
  readKernelScripts,
  resultLine,
  runKernelFile,
  scriptLine,
} from './script.js';
export { type DecodedCase, decodeKernelCase, type KernelDiagnostic, scriptCodes } from './script-decode.js';
export type * from './script-format.js';
export { runKernelCase } from './script-run.js';
export * from './seccomp.js';
export * from './signals.js';
export * from './slice.js';
export * from './slot-machine.js';
export * from './task.js';
export * from './task-machine.js';
