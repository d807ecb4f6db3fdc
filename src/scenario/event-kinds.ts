// The kinds of events in a recording: what the objects of a world say, what libc's system calls say, and what the
// process says last. What goes wrong here: a kind that is missing makes a good predicate look like a mistake.
import type { Op } from './action-schema.js';

/** Handlers and thread-local destructors: `X.reg` when registered, `X` when called. */
const REGISTERED: readonly Op[] = ['tls_dtor', 'atexit', 'at_quick_exit', 'on_exit'];

const words = (text: string): readonly string[] => text.split(' ');

/** Every kind, in the order of the reference page. */
export const EVENT_KINDS: readonly string[] = [
  words('preinit init ctor dtor fini resolver impl func main main.ret mark'),
  words('dlopen dlopen.ret dlmopen dlmopen.ret dlclose dlclose.ret dlclose.skip dlsym dlsym.ret dlsym.skip'),
  words('spawn spawn.ret start start.ret join join.ret detach detach.ret thread.begin thread.end pthread_exit'),
  words('key_create tsd_set key_delete tsd_dtor'),
  REGISTERED.flatMap((op) => [`${op}.reg`, op]),
  words('atfork.reg atfork.prepare atfork.parent atfork.child'),
  words('exit _exit quick_exit fork fork.child fork.wait fork.ret vfork vfork.child vfork.ret seccomp'),
  words('claim claim_abi claim_handled release_handled handled_info claim_busy_ok claim_note claimant rseq rseq_info'),
  words('la_version la_objopen la_activity la_objsearch la_preinit la_objclose la_symbind'),
  words('set_tid_address set_robust_list clone exit_thread exit_group'),
  words('stderr stdout signal killed end'),
].flat();
