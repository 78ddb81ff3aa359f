import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'kintsugi.theme';
const listeners = new Set<() => void>();
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

const stored = (): Theme => {
  const text = localStorage.getItem(KEY);
  return text === 'light' || text === 'dark' ? text : 'system';
};

const paint = (): void => {
  const theme = stored();
  const dark = theme === 'dark' || (theme === 'system' && prefersDark.matches);
  document.body.classList.toggle('awsui-dark-mode', dark);
};

/** Before anything is drawn, so that nothing flashes. */
export const startTheme = (): void => {
  paint();
  prefersDark.addEventListener('change', paint);
};

export const chooseTheme = (theme: Theme): void => {
  localStorage.setItem(KEY, theme);
  paint();
  for (const listener of listeners) listener();
};

export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, stored);
