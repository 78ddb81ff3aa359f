import { dependencyOn } from '../dependency.ts';
import { priceBasket, randomBasket } from '../pricing.ts';
import { runTask, urlFromEnvironment } from '../task-runtime.ts';

/** Prices the basket and has it paid. */
const payments = dependencyOn(urlFromEnvironment('PAYMENTS_URL'), 900);

runTask({
  cpuMsPerRequest: 3,
  dependency: payments,
  handle: async () => {
    priceBasket(randomBasket(), process.env['BUILD'] ?? '');
    await payments.call('/pay');
  },
});
