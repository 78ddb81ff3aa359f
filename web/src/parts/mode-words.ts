import type { Mode } from '../../../core/contracts/limits.ts';

/** What each mode is called, and what it means for whoever waits for a healing. */
export const MODE_WORDS: Readonly<Record<Mode, { readonly name: string; readonly meaning: string }>> = {
  auto: { name: 'Automatic', meaning: 'What the guards allow is done without asking.' },
  manual: { name: 'Manual', meaning: 'A person approves every action first.' },
  shadow: { name: 'Shadow', meaning: 'Everything is decided and recorded, nothing is done.' },
  off: {
    name: 'Off',
    meaning:
      'No action is taken. Incidents are recorded and handed to people; after a stop, signals wait in their queue.',
  },
};

/** How off is left; the API refuses any other way. */
export const LEAVING_OFF =
  'The command kintsugi resume opens all three places of the kill switch again; the mode is only one of them.';
