/**
 * Files that wait for the compiler: those that come while it runs are compiled together by its next run. Stands for a driver that is
 * started for each file.
 *
 * What can go wrong: an error in one file, which ends the run of all. They are then compiled one by one, and each has its own message.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canBeMerged, mergedSource, partedAssembly } from './batch.js';

/** A file to compile. */
export interface Waiting {
  /** Folder of the source, in which the compiler is run when it is run for this file alone. */
  readonly cwd: string;
  /** The source's name without `.c`; the assembly gets the same with `.s`. */
  readonly name: string;
  readonly source: string;
  /** Files of one compilation can go together. */
  readonly compile: Compile;
}

/** The compiler with the words of one set of options. */
export interface Compile {
  /** Run it on `NAME.c` in a folder. */
  readonly run: (cwd: string, name: string) => Promise<void>;
  /** Whether it is gcc's: the assembly of others looks otherwise and cannot be parted. */
  readonly gcc: boolean;
}

interface Entry extends Waiting {
  /** Whether it can stand beside others in one run. */
  readonly merges: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** How files are put together. */
export interface Together {
  /** Where merged sources may stand. */
  readonly folder: string;
  /** Most runs at a time. */
  readonly width: number;
  /** Most files of one run. */
  readonly most: number;
}

export class CompileQueue {
  private waiting: Entry[] = [];
  private running = 0;
  private serial = 0;

  constructor(private readonly together: Together) {}

  /** Compile a file. Rejects when it cannot be. */
  add(file: Waiting): Promise<void> {
    return new Promise((done, failed) => {
      const merges = file.compile.gcc && canBeMerged(file.source);
      this.waiting.push({ ...file, merges, done, failed });
      this.start();
    });
  }

  private start(): void {
    while (this.running < this.together.width && this.waiting.length > 0) {
      const together = this.next();
      this.waiting = this.waiting.filter((entry) => !together.includes(entry));
      this.running++;
      void this.run(together).then(() => {
        this.running--;
        this.start();
      });
    }
  }

  /** The files of the next run: the first that waits, and with it those that can stand beside it. */
  private next(): Entry[] {
    const [first, ...others] = this.waiting;
    if (first === undefined) return [];
    if (!first.merges) return [first];
    const beside = others.filter(({ merges, compile }) => merges && compile === first.compile);
    return [first, ...beside].slice(0, this.together.most);
  }

  private async run(together: readonly Entry[]): Promise<void> {
    const [first, ...others] = together;
    if (first !== undefined && others.length > 0 && (await this.compiledTogether(first.compile, together))) {
      for (const { done } of together) done();
      return;
    }
    for (const { cwd, name, source, compile, done, failed } of together) {
      const alone = async (): Promise<void> => {
        writeFileSync(join(cwd, `${name}.c`), source);
        await compile.run(cwd, name);
      };
      await alone().then(done, failed);
    }
  }

  /** Whether one run made the assembly of all. */
  private async compiledTogether(compile: Compile, together: readonly Entry[]): Promise<boolean> {
    const { folder } = this.together;
    const name = `together-${this.serial++}`;
    try {
      writeFileSync(join(folder, `${name}.c`), mergedSource(together.map(({ source }) => source)));
      await compile.run(folder, name);
      const parted = partedAssembly(readFileSync(join(folder, `${name}.s`), 'utf8'), together.length);
      if (parted === undefined) return false;
      for (const [i, { cwd, name: own }] of together.entries())
        writeFileSync(join(cwd, `${own}.s`), `\t.file\t"${own}.c"\n${parted[i] ?? ''}`);
      return true;
    } catch {
      return false;
    }
  }
}
