import { userName } from '../../../cli/system/user-name.ts';

test('is what the system calls whoever runs it', () => {
  expect(userName(() => ({ username: 'ada' }))).toBe('ada');
});

test('is a number where the system has no name for it, as in many containers', () => {
  const nameless = (): never => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
  };
  expect(userName(nameless)).toBe(`uid:${process.getuid?.()}`);
});
