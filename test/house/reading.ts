/**
 * Reading the house: the sources as syntax trees, the way a mason reads a plan. TypeScript 7 has no JavaScript API, so swc,
 * which the tests already use, does the parsing.
 *
 * What can go wrong: a check written on text sees words in comments and misses syntax; every check on imports, types and
 * calls goes through the tree, and only what is truly about text (lengths, paths, comments) reads the text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from '@swc/core';

export const root = join(__dirname, '..', '..');

/** A file, by its path from the root with `/` between the parts. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** An import of any form. `to` is a path from the root for a relative import, else the package's name as written. */
export interface Arrow {
  readonly to: string;
  readonly relative: boolean;
  /** Nothing is left of it at run time. */
  readonly typeOnly: boolean;
  /** It is followed when the line runs, not when the file is loaded. */
  readonly lazy?: true;
}

/** A syntax node, as far as this reader cares: swc's nodes are plain objects with a `type`. */
export type Node = Readonly<Record<string, unknown>>;

const notOurs = new Set(['.git', 'node_modules', 'dist', 'coverage']);

/** Every file under `folder`, sorted, without what tools made. */
export function files(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !notOurs.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? files(path) : [path];
    })
    .sort();
}

export function source(path: string): Source {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** Every node of a file's tree, parents first. */
export function nodes(file: Source): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value) found.push(value as Node);
      Object.values(value).forEach(visit);
    }
  };
  visit(parseSync(file.text, { syntax: 'typescript', target: 'es2022' }).body);
  return found;
}

/** Every import and re-export of a file: static, dynamic, in a type, and `require`. */
export function arrows(file: Source): Arrow[] {
  return nodes(file).flatMap((node) => {
    const named = (node.specifiers ?? []) as readonly Node[];
    const allTypes = node.typeOnly === true || (named.length > 0 && named.every((each) => each.isTypeOnly === true));
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return arrow(file, node.source, allTypes);
      case 'TsImportType':
        return arrow(file, node.argument, true);
      case 'TsExternalModuleReference':
        return arrow(file, node.expression, false);
      case 'CallExpression':
        return isImportCall(node) ? lazily(arrow(file, (node.arguments as readonly Node[])[0]?.expression, false)) : [];
      default:
        return [];
    }
  });
}

function lazily(found: readonly Arrow[]): Arrow[] {
  return found.map((each) => ({ ...each, lazy: true }));
}

function isImportCall(node: Node): boolean {
  const callee = node.callee as Node;
  return callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require');
}

/** Nothing for an export without a source, and for an import of a computed name. */
function arrow(file: Source, literal: unknown, typeOnly: boolean): Arrow[] {
  const { type, value: written } = (literal ?? {}) as Partial<Node>;
  if (type !== 'StringLiteral' || typeof written !== 'string') return [];
  const relative = written.startsWith('.');
  return [{ to: relative ? posix.join(dirname(file.path), written) : written, relative, typeOnly }];
}
