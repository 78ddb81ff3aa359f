import { userInfo } from 'node:os';

/** Who runs this, as records name people: `ada`; in a container whose user has no name `uid:12345`. */
export const userName = (read: () => { readonly username: string } = userInfo): string => {
  try {
    return read().username;
  } catch {
    return `uid:${process.getuid?.() ?? 'unknown'}`;
  }
};
