// Every suite is a program of its own that runs for seconds: as in ours, V8 compiles what is hot later than it would by itself. No
// answer depends on it, and the whole run takes a sixth less.
import { compileLater } from '../src/cli/patience.js';

compileLater();
