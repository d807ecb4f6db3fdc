/**
 * Seccomp filters that look at one call. In Linux: kernel/seccomp.c:__seccomp_filter.
 *
 * A filter decides before the call does anything; a registration made earlier stays live behind it, is refreshed, and can no
 * longer be undone. What can go wrong: thinking that the first filter installed wins; among errno filters the last one does.
 */
import type { Errno } from './abi.js';

/** What a filter does with every rseq call: an errno, or the end of the process by SIGSYS. */
export type RseqFilter = Errno | 'KILL';

/**
 * The verdict of all filters: null lets the call through. KILL wins over any errno; the youngest errno wins among errnos.
 *
 * @source kernel/seccomp.c:seccomp_run_filters
 */
export function seccompVerdict(filters: readonly RseqFilter[]): RseqFilter | null {
  return filters.includes('KILL') ? 'KILL' : (filters.at(-1) ?? null);
}
