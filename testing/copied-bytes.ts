/**
 * How many bytes a piece of work copies and allocates, and in how many calls: a cost that is the
 * same on every machine.
 *
 * Spec      -
 * Next      test/websocket/advisories/fragments.test.ts - work that must double with its input
 * Left out  what the engine allocates by itself; work that is not done when `work` returns
 */

/** What the work cost. */
export interface Cost {
  copiedBytes: number;
  allocatedBytes: number;
  /** Calls that copy, allocate or make a view. */
  calls: number;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;
type Sized = { readonly length: number };

/** Of each method that copies or allocates: what it did, by its arguments and its result. */
const watched: readonly [
  owner: object,
  name: string,
  copied: (given: readonly unknown[], result: unknown) => number,
  allocated: (given: readonly unknown[], result: unknown) => number,
][] = [
  [Object.getPrototypeOf(Uint8Array.prototype) as object, 'set', sizeOfFirst, nothing],
  [Buffer.prototype, 'copy', (_given, result) => Number(result), nothing],
  [Buffer.prototype, 'subarray', nothing, nothing],
  [Buffer, 'concat', sizeOfResult, sizeOfResult],
  [Buffer, 'from', sizeOfResult, sizeOfResult],
  [Buffer, 'alloc', nothing, sizeOfResult],
  [Buffer, 'allocUnsafe', nothing, sizeOfResult],
  [Buffer, 'allocUnsafeSlow', nothing, sizeOfResult],
];

function nothing(): number {
  return 0;
}

function sizeOfFirst([source]: readonly unknown[]): number {
  return (source as Sized).length;
}

function sizeOfResult(_given: readonly unknown[], result: unknown): number {
  return (result as Sized).length;
}

/** Runs the work and counts what goes through the methods of Buffer that copy and allocate. */
export function costOf(work: () => void): Cost {
  const cost: Cost = { copiedBytes: 0, allocatedBytes: 0, calls: 0 };
  // Node's own methods call each other: only the outermost counts.
  let isInside = false;
  const restores = watched.map(([owner, name, copied, allocated]) => {
    const own = Object.getOwnPropertyDescriptor(owner, name)!;
    const method = own.value as Method;
    const counting: Method = function (...given) {
      if (isInside) return method.apply(this, given);
      isInside = true;
      try {
        const result = method.apply(this, given);
        cost.copiedBytes += copied(given, result);
        cost.allocatedBytes += allocated(given, result);
        cost.calls++;
        return result;
      } finally {
        isInside = false;
      }
    };
    Object.defineProperty(owner, name, { ...own, value: counting });
    return () => Object.defineProperty(owner, name, own);
  });
  try {
    work();
  } finally {
    for (const restore of restores) restore();
  }
  return cost;
}
