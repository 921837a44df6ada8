/**
 * How many bytes of buffers some code allocates: counted at the functions that make them.
 *
 * Spec      -
 * Next      connection-target.ts - holds the count to what was announced
 * Left out  objects, strings and views, which hold no payload
 */

const makers = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat'] as const;

/** Calls a function and returns the bytes of all buffers that it made. */
export function countAllocations(run: () => void): number {
  const originals = makers.map(
    (name) => [name, Object.getOwnPropertyDescriptor(Buffer, name)!] as const,
  );
  let bytes = 0;
  // Buffer.concat calls Buffer.allocUnsafe, and what it makes counts once.
  let depth = 0;
  for (const [name, descriptor] of originals) {
    const make = descriptor.value as (...values: unknown[]) => Buffer;
    const counted = (...values: unknown[]): Buffer => {
      depth++;
      try {
        const made = make.apply(Buffer, values);
        if (depth === 1) bytes += made.length;
        return made;
      } finally {
        depth--;
      }
    };
    Object.defineProperty(Buffer, name, { ...descriptor, value: counted });
  }
  try {
    run();
  } finally {
    for (const [name, descriptor] of originals) Object.defineProperty(Buffer, name, descriptor);
  }
  return bytes;
}
