import type { Locator, Page } from 'playwright-core';

const MAX_STEPS = 120;

/** Runs in the page, whose names this file does not know. */
const isFocused = new Function('element', 'return element === document.activeElement') as (element: unknown) => boolean;

/** Walks with Tab until the focus is on the wanted element, as somebody without a mouse has to; fails if it is never reached. */
export const tabTo = async (page: Page, wanted: Locator): Promise<void> => {
  await wanted.first().waitFor();
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const isThere = await wanted.first().evaluate(isFocused);
    if (isThere === true) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MAX_STEPS} times Tab did not reach ${String(wanted)}`);
};

export const pressOn = async (page: Page, wanted: Locator, key = 'Enter'): Promise<void> => {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
};
