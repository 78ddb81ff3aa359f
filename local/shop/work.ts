import { createHash } from 'node:crypto';

const BLOCK = Buffer.alloc(2048, 7);

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Really computes (signs and checks the basket) for about this much CPU time, so that a task's quota means something. */
export const work = (milliseconds: number): string => {
  const until = cpuMs() + milliseconds;
  let digest = '';
  do digest = createHash('sha256').update(digest).update(BLOCK).digest('hex');
  while (cpuMs() < until);
  return digest;
};
