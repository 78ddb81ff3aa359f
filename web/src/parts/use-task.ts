import { useCallback, useState } from 'react';

export interface Task<A extends readonly unknown[]> {
  readonly run: (...args: A) => Promise<void>;
  readonly isRunning: boolean;
  readonly error: Error | null;
  readonly reset: () => void;
}

/** Something that a button starts: it runs once at a time, and what goes wrong is shown beside it. */
export const useTask = <A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Task<A> => {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const run = async (...args: A): Promise<void> => {
    setRunning(true);
    setError(null);
    try {
      await work(...args);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, error, reset: useCallback(() => setError(null), []) };
};
