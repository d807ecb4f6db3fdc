/**
 * Strongly connected parts of a graph of numbers (Tarjan, without recursion): which places of a program lie on a common cycle.
 */

/** For each node, the number of its part; nodes are 0 to `nodes` - 1, `before[to]` lists where edges to `to` come from. */
export function partsOf(nodes: number, before: readonly (ReadonlySet<number> | undefined)[]): Int32Array {
  const part = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const order = new Int32Array(nodes);
  const edges = Array.from({ length: nodes }, (_, to) => [...(before[to] ?? [])]);
  const next = new Int32Array(nodes);
  const open: number[] = [];
  let clock = 0;
  let parts = 0;
  const close = (node: number): void => {
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      part[top] = parts;
      if (top === node) break;
    }
    parts++;
  };
  for (let root = 0; root < nodes; root++) {
    const path = order[root] === 0 ? [root] : [];
    while (path.length > 0) {
      const node = path.at(-1) as number;
      if (order[node] === 0) {
        order[node] = low[node] = ++clock;
        open.push(node);
      }
      const to = edges[node]?.[next[node] as number];
      if (to !== undefined) {
        next[node] = (next[node] as number) + 1;
        if (order[to] === 0) path.push(to);
        else if ((part[to] as number) < 0) low[node] = Math.min(low[node] as number, low[to] as number);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low[above] = Math.min(low[above] as number, low[node] as number);
      if (low[node] === order[node]) close(node);
    }
  }
  return part;
}
