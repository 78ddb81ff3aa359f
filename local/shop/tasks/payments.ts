import { ConnectionPool } from '../connection-pool.ts';
import { dependencyOn } from '../dependency.ts';
import { priceBasket, randomBasket } from '../pricing.ts';
import { runTask, urlFromEnvironment } from '../task-runtime.ts';

/** Charges the card at the bank, over a small pool of connections. */
const bank = dependencyOn(urlFromEnvironment('BANK_URL'), 350);
const pool = new ConnectionPool(6, 500);

runTask({
  cpuMsPerRequest: 1,
  dependency: bank,
  pool,
  handle: async () => {
    priceBasket(randomBasket(), process.env['BUILD'] ?? '');
    await pool.use((connection) => bank.call('/charge', connection));
  },
});
